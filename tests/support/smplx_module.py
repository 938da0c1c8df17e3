"""A body model as smplx's own module: the reference that posing is checked against."""

import numpy as np
import smplx
from smplx.utils import Struct
from smplx.vertex_ids import vertex_ids

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS, PARENTS


def as_smplx(model: BodyModel) -> smplx.SMPL:
    """The same template, shapes, joints and weights; without pose-dependent offsets."""
    arrays = {
        "v_template": model.template_m.numpy(),
        "shapedirs": model.shape_directions_m.numpy(),
        "J_regressor": model.joint_regressor.numpy(),
        "weights": model.weights.numpy(),
        "f": model.faces.numpy().astype(np.uint32),
        "kintree_table": np.array([PARENTS, range(len(JOINTS))], np.int64),
        "posedirs": np.zeros((len(model.template_m), 3, 9 * (len(JOINTS) - 1)), np.float32),
    }
    named = dict.fromkeys(vertex_ids["smplh"], 0)
    return smplx.SMPL("", data_struct=Struct(**arrays), vertex_ids=named, num_betas=model.betas, gender="neutral")
