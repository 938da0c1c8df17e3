import torch
from known_clips import made_up_dance, posed

from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import joint
from motion_transfer.fitting.landmark_offsets import detector_anchors
from motion_transfer.landmarks.mediapipe_layout import LAYOUT

AT_REST = torch.eye(4).expand(1, 24, 4, 4)


def landmarks_at_rest(model: BodyModel) -> dict[str, torch.Tensor]:
    return dict(zip(LAYOUT.names, detector_anchors(model, LAYOUT).posed(torch.zeros(10), AT_REST)[0], strict=True))


def test_landmarks_lie_off_the_joints_by_what_was_measured(tiny_body: BodyModel) -> None:
    named = landmark_anchors(tiny_body, LAYOUT.names).posed(torch.zeros(10), AT_REST)[0]
    moved = landmarks_at_rest(tiny_body)["left_hip"] - named[LAYOUT.index("left_hip")]
    assert torch.allclose(moved, LAYOUT.bias_m[LAYOUT.index("left_hip")], atol=1e-6)


def test_landmarks_of_both_sides_are_mirror_images(tiny_body: BodyModel) -> None:
    landmarks = landmarks_at_rest(tiny_body)
    for name in ("shoulder", "hip", "ankle"):
        assert torch.allclose(
            landmarks[f"left_{name}"] * torch.tensor([-1.0, 1, 1]), landmarks[f"right_{name}"], atol=1e-5
        )


def test_landmarks_keep_their_distance_from_the_joint_in_every_pose(tiny_body: BodyModel) -> None:
    motion = made_up_dance(tiny_body)
    body = posed(tiny_body, motion)
    landmarks = detector_anchors(tiny_body, LAYOUT).posed(motion.shape.betas, body.world_from_rest)
    distance = (landmarks[:, LAYOUT.index("left_knee")] - body.joints_m[:, joint("left_knee")]).norm(dim=-1)
    assert torch.allclose(distance, LAYOUT.bias_m[LAYOUT.index("left_knee")].norm().expand_as(distance), atol=1e-5)
