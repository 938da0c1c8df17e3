"""Where an arm crosses the rest of the body in the picture: poses are not exact, so it may be seen beside itself."""

import cv2
import numpy as np
from jaxtyping import Bool, Int

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.camera import Camera
from motion_transfer.rendering.rasterizer import Fragments

REACH_M = 0.03  # by which a filmed arm may lie beside the fitted one
ARMS = {
    side: [PARTS.index(f"{side}_{limb}") for limb in ("upper_arm", "forearm", "hand")] for side in ("left", "right")
}


def beside_arms(
    fragments: Fragments,
    camera: Camera,
    model: BodyModel,
    part: Int[np.ndarray, "point"],
    x: Int[np.ndarray, "point"],
    y: Int[np.ndarray, "point"],
) -> Bool[np.ndarray, "point"]:
    """Which points of the surface are seen so near to a forearm or hand that they may show it, its own arm's left out.

    Args:
        fragments: of the one frame, as the camera sees it.
        part: of the body, of each point.
        x, y: the pixel of each point.
    """
    face, depth_m = fragments.face[0].numpy(), fragments.depth_m[0].numpy()
    shown = np.where(face >= 0, model.part_of_face.numpy()[face], -1)
    beside, focal_px = np.zeros(len(part), bool), float(camera.intrinsics_px[1, 1])
    for arm in ARMS.values():
        forearm = np.isin(shown, arm[1:])
        if forearm.any():
            reach_px = REACH_M * focal_px / float(np.median(depth_m[forearm]))
            beside |= _within(forearm, reach_px)[y, x] & ~np.isin(part, arm)
    return beside


def _within(shown: Bool[np.ndarray, "height width"], reach_px: float) -> Bool[np.ndarray, "height width"]:
    return cv2.distanceTransform((~shown).astype(np.uint8), cv2.DIST_L2, 5) <= reach_px
