"""Training of mesh recovery on drawn people: drawing processes, pool of crops, losses, pose prior, held-out figures."""
