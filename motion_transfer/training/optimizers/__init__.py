"""Gradients -> updated parameters: optimizers that torch lacks; torch's own are configured in `configs/`."""
