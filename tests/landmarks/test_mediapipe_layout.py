from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.landmarks.mediapipe_layout import BIAS_M, LAYOUT


def test_every_landmark_has_a_place_on_the_body(tiny_body: BodyModel) -> None:
    assert len(LAYOUT.names) == 33
    assert landmark_anchors(tiny_body, LAYOUT.names).names == LAYOUT.names


def test_every_landmark_has_a_measured_bias() -> None:
    kinds = {"_".join(word for word in name.split("_") if word not in ("left", "right")) for name in LAYOUT.names}
    assert kinds == set(BIAS_M)
