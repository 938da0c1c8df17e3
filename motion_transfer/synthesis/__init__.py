"""Stage 5, ConditioningMaps -> frames: the generator, its training, and the compositing over the plate."""
