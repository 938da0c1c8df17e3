"""Clip + Capture -> RegisteredFootage: crops, mattes, texture, and motion that agrees with the pictures.

The method alternates: bake the texture from the pictures with the body where it is, then move the body to where the
pictures show its outline and its texture.
"""
