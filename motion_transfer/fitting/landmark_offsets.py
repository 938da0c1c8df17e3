"""Where on the body the pose detector puts its landmarks: not quite at the joints or at the anatomy they are named for.

Measured, not chosen: over six drawn dancers (48 frames each, all sides of the body seen) the offsets in the body's rest
pose that explain the distance between the detector's landmarks and the true anchors best. Six other dancers give the
same to within a centimetre; the median distance falls from 1.0 to 0.6 % of the person's height. Of the face's offsets
up and forward only a third is taken: drawn faces are flat, and with the whole of them the heads of real people bow.
"""

import torch

from motion_transfer.body.anchors import Anchors, landmark_anchors
from motion_transfer.body.model import BodyModel

# Metres outward (away from the body's middle), up and forward, in the T-pose.
OFFSETS_M = {
    "nose": (0.0, 0.004, -0.004),
    "eye_inner": (0.001, 0.003, 0.001),
    "eye": (0.003, 0.003, -0.002),
    "eye_outer": (0.004, 0.003, -0.002),
    "ear": (-0.014, -0.002, 0.003),
    "mouth": (0.001, 0.001, -0.003),
    "shoulder": (-0.003, 0.014, 0.013),
    "elbow": (-0.013, 0.0, 0.024),
    "wrist": (-0.001, -0.001, 0.004),
    "pinky": (-0.028, -0.011, 0.029),
    "index": (-0.006, -0.003, -0.004),
    "thumb": (0.004, 0.004, -0.032),
    "hip": (-0.014, -0.006, 0.024),
    "knee": (-0.005, -0.006, 0.002),
    "ankle": (-0.002, 0.019, 0.009),
    "heel": (-0.017, 0.007, 0.016),
    "foot_index": (0.025, 0.011, -0.032),
}


def detector_anchors(model: BodyModel, layout: tuple[str, ...]) -> Anchors:
    """The body's points that the detector's landmarks are seen at.

    Raises:
        ValueError: a landmark of the layout has no place on the body.
    """
    named = landmark_anchors(model, layout)
    offsets = torch.tensor([_offset_m(name) for name in layout]).to(named.template_m)
    template = named.template_m.clone()
    template[..., :3] += template[..., 3:] * offsets[:, None]
    return Anchors(names=layout, template_m=template, directions_m=named.directions_m)


def _offset_m(name: str) -> tuple[float, float, float]:
    words = name.split("_")
    kind = "_".join(word for word in words if word not in ("left", "right"))
    out, up, forward = OFFSETS_M.get(kind, (0.0, 0.0, 0.0))
    return (-out if "right" in words else out), up, forward
