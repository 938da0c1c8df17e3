"""Stage 4, posed body and camera -> conditioning maps in the person's crop, by a z-buffer in plain torch."""
