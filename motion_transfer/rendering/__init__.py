"""Stage 4, BodyMotion + Camera -> ConditioningMaps: a z-buffer in plain torch, and the maps made from it."""
