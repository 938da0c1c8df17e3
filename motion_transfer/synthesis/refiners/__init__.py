"""Networks that refine close-ups of finished frames, and how they are trained."""
