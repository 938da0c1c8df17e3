"""Frames + fitted motion -> what the target looks like: background plate, person mattes, held objects, surface texture.

Also where the picture shows the surface against where the fit puts it, which registration corrects.
"""
