"""Pure functions on tensors: tracks over frames, foot contacts, the ground, rotations between directions, affine maps.

Rotations in other forms come from the library roma.
"""
