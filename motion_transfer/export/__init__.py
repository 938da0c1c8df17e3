"""SourceMotion -> a motion file for other programs, or pictures and plots that show the motion."""
