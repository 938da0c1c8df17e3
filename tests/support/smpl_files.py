"""SMPL files with the content of another body, as they are downloaded."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARENTS


def smpl_arrays(body: BodyModel) -> dict[str, Any]:
    """What the official file of this body would hold; its pose offsets are none."""
    return {
        "v_template": body.template_m.double().numpy(),
        "shapedirs": body.shape_directions_m.double().numpy(),
        "posedirs": np.zeros((*body.template_m.shape, 207)),
        "J_regressor": csc_matrix(body.joint_regressor.double().numpy()),
        "weights": body.weights.double().numpy(),
        "f": body.faces.numpy().astype(np.uint32),
        "kintree_table": np.array([(2**32 - 1, *PARENTS[1:]), range(24)], np.uint32),
    }


def write_smpl(path: Path, arrays: dict[str, Any]) -> Path:
    """Write the file in the format of its suffix."""
    if path.suffix == ".npz":
        np.savez(path, **(arrays | {"J_regressor": arrays["J_regressor"].toarray()}))
    else:
        path.write_bytes(pickle.dumps(arrays, protocol=2))
    return path
