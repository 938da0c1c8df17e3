"""Motion capture file -> BodyMotion: joint positions from the file, joint rotations of the model's mean body."""
