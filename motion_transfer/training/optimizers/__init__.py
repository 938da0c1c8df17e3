"""Gradients in, parameters changed: the optimizers that torch lacks. The others are configured as torch's own."""
