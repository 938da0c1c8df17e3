"""Stage 3, BodyMotion -> BodyMotion of the target's body, in the target's scene, with planted feet.

A list of steps from state to state: shape swap, facing, self-collision, trend filter of the path, placement in the
picture, ground alignment, and foot planting by two-bone leg IK. Then hands keep their contacts with the skin.
"""
