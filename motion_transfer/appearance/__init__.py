"""Frames and fitted motion -> what the target looks like: background plate, mattes, occluders and surface texture.

The plate is a masked median with its holes inpainted, the texture a robust mean over the frames that show each texel.
Beside them: how far the re-rendered body lies from the picture, which registration corrects.
"""
