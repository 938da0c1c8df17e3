"""Stage 3, BodyMotion -> BodyMotion on the target's body, in the target's camera, with planted feet.

Shape swap and facing, then placement in the picture, then the ground, then planted feet by two-bone leg IK.
"""
