"""Frames and motion of a performer as training pairs."""
