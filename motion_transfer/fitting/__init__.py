"""Stage 2, Detections -> BodyMotion: all frames of a clip at once, joints only, one shape per clip (video SMPLify)."""
