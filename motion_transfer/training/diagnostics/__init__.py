"""Small functions that say how far to trust a trained network, each with its paper."""
