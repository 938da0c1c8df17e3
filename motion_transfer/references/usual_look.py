"""How usual a part looks: a blink or a passing shadow on a head stands out, and a ball beside a foot by its size."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.references.part_pictures import PartPicture
from motion_transfer.references.similarity import joint_angles_deg

SIDE = 24  # pixels of the square in which faces are compared
REACH = 0.8  # of the head's radius that it shows
NEAREST, NEAR_DEG = 4, 15.0  # heads that are compared with one at least, and as many more as are turned so little apart
SPREAD = 0.3  # of the usual difference from the median, by which a look is unusual
LEAST_DIFFERENCE = 0.05  # in shares of the mean brightness: smaller ones are noise
AREA_SPREAD = 0.2  # of the logarithm of its area, by which a part is larger or smaller than usual
LEAST_WORTH = 0.3  # of the most unusual look: it still is the person's


def usual_worth(pictures: Sequence[PartPicture | None]) -> Float[Tensor, "picture"]:
    """What each picture counts, in [0, 1]: the less, the more it differs from the median of those turned alike."""
    worth, shown = torch.ones(len(pictures)), [row for row, picture in enumerate(pictures) if picture is not None]
    heads = [picture for picture in pictures if picture is not None]
    if len(heads) <= NEAREST:
        return worth
    looks = np.stack([_look(head) for head in heads])
    turns = torch.stack([head.camera_from_part for head in heads])
    apart_deg = torch.stack([joint_angles_deg(turns, one.expand_as(turns)) for one in turns]).numpy()
    reach = np.maximum(np.partition(apart_deg, NEAREST, axis=1)[:, NEAREST], NEAR_DEG)
    off = np.array(
        [np.abs(look - np.median(looks[apart_deg[row] <= reach[row]], axis=0)).mean() for row, look in enumerate(looks)]
    )
    usual = np.array([np.median(off[apart_deg[row] <= reach[row]]) for row in range(len(off))])
    excess = np.maximum(off / np.maximum(usual, LEAST_DIFFERENCE) - 1, 0) / SPREAD
    worth[shown] = torch.from_numpy(LEAST_WORTH + (1 - LEAST_WORTH) * np.exp(-(excess**2) / 2)).float()
    return worth


def usual_area_worth(pictures: Sequence[PartPicture | None]) -> Float[Tensor, "picture"]:
    """What each picture counts, in [0, 1]: the less, the more its area differs from the median; 0 where there is none.

    Areas are in those of the body's part, so that they hardly depend on how it is turned.
    """
    area = torch.tensor([0.0 if picture is None else picture.area for picture in pictures])
    if not (area > 0).any():
        return area
    excess = (area / area[area > 0].median()).log() / AREA_SPREAD
    return torch.exp(-excess.square() / 2)


def _look(head: PartPicture) -> Float[np.ndarray, "side side 3"]:
    """The face upright, in a small square, in shares of its mean brightness."""
    up = head.camera_from_part[:2, 1].numpy()  # in the camera's axes, y down
    up = up / max(float(np.linalg.norm(up)), 1e-6)
    right = np.array([-up[1], up[0]])
    px = 2 * REACH * head.radius_px / SIDE
    picture_from_square = np.stack([right, -up], 1) * px
    shift = head.anchor_px - picture_from_square @ np.full(2, SIDE / 2) + picture_from_square @ [0.5, 0.5] - 0.5
    affine = np.concatenate([picture_from_square, shift[:, None]], 1)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    blurred = cv2.GaussianBlur(head.foreground, (0, 0), max(0.3, px / 2))
    seen = cv2.warpAffine(blurred, affine, (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_REPLICATE)
    return seen.astype(np.float32) / max(float(seen.mean()), 1.0)
