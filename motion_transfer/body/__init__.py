"""The SMPL family as a chain of values: model -> shaped -> posed -> mesh, skinned by smplx.."""
