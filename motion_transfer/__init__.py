"""Two videos in, one out: the target person dances the source's dance. Motion travels as the SMPL 3D body."""
