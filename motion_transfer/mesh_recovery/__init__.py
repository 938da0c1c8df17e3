"""Mesh recovery (HMR): a crop of a picture, and its landmarks if there are any -> SMPL pose, shape and camera."""
