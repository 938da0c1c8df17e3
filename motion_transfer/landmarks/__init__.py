"""Stage 1, frames -> Detections: one adapter per detector; its vendor is imported there only."""
