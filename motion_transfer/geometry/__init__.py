"""Pure functions on tensors: smoothing over frames, foot contacts, the ground, rotations told by directions.

Rotations come from the library roma.
"""
