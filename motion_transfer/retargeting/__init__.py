"""Stage 3, BodyMotion -> BodyMotion on the target's body, in the target's camera, with planted feet."""
