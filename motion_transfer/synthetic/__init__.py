"""Synthetic performers: rendered clips with exact ground truth, for tests, demo and benchmark."""
