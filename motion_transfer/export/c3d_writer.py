"""Joints in motion -> a C3D file of points, as motion capture and biomechanics use it; written by ezc3d."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.body.skeleton import JOINTS


def write_c3d(path: Path, joints: Float[np.ndarray, "frame joint 3"], fps: Fraction, unit: str) -> None:
    """Write one point for every joint, named as it is.

    Args:
        joints: in the unit that the file is to name.
    """
    import ezc3d

    content = ezc3d.c3d()
    point = content["parameters"]["POINT"]
    point["RATE"]["value"], point["UNITS"]["value"] = [float(fps)], [unit]
    point["LABELS"]["value"] = list(JOINTS)
    content["data"]["points"] = np.concatenate([joints, np.ones_like(joints[..., :1])], -1).transpose(2, 1, 0)
    content.write(str(path))
