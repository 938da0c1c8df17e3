"""Pure functions on tensors: smoothing over frames and the like. Rotations come from the library roma."""
