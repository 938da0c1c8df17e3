"""The points of the body that a detector sees its landmarks at: those that they are named for, shifted by its bias."""

from motion_transfer.body.anchors import Anchors, landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.domain.landmarks import LandmarkLayout


def detector_anchors(model: BodyModel, layout: LandmarkLayout) -> Anchors:
    """The body's points that the detector's landmarks are seen at.

    Raises:
        ValueError: a landmark of the layout has no place on the body.
    """
    named = landmark_anchors(model, layout.names)
    template = named.template_m.clone()
    template[..., :3] += template[..., 3:] * layout.bias_m.to(template)[:, None]
    return Anchors(names=layout.names, template_m=template, directions_m=named.directions_m)
