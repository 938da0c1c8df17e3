"""A result that shows no whole upright person on the ground is told, with the reason."""

from dataclasses import replace

import numpy as np
import torch
from known_clips import exact_detections, known_camera, made_up_dance

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.landmarks import Detections
from motion_transfer.evaluation.sanity import Sanity, check_result, ranges


def joints(tiny_body: BodyModel) -> torch.Tensor:
    motion = made_up_dance(tiny_body)
    return shape_body(tiny_body, motion.shape).posed(motion.pose).joints_m


def checked(joints_m: torch.Tensor, missing: float = 0.0, seen: Detections | None = None) -> Sanity:
    return check_result(joints_m, known_camera(), np.full(len(joints_m), missing), seen)


def unseen(detections: Detections, frames: slice, words: tuple[str, ...]) -> Detections:
    confidence = detections.landmarks_2d.confidence.clone()
    rows = [row for row, name in enumerate(detections.layout.names) if any(word in name for word in words)]
    for row in rows:
        confidence[frames, row] = 0
    return replace(detections, landmarks_2d=replace(detections.landmarks_2d, confidence=confidence))


def test_a_dance_in_the_picture_is_sane(tiny_body: BodyModel) -> None:
    found = checked(joints(tiny_body), seen=exact_detections(tiny_body, made_up_dance(tiny_body), known_camera()))
    assert found.reasons == ()
    assert found.score > 0.8


def test_each_fault_is_named(tiny_body: BodyModel) -> None:
    dance = joints(tiny_body)
    count = len(dance)
    for joints_m, part in (
        (dance + torch.tensor([5.0, 0, 0]), "cut by the picture's edge"),
        (dance * torch.tensor([1.0, -1.0, 1.0]), "head down in"),
        (dance + torch.tensor([0, 0.8, 0]), "hangs above the ground"),
        (dance - torch.tensor([0, 0.5, 0]), "stands in the ground"),
    ):
        found = checked(joints_m)
        (reason,) = [reason for reason in found.reasons if part in reason]
        assert f"{count} of {count} frames" in reason
        assert found.score == 0


def test_a_short_handstand_and_a_jump_are_sane(tiny_body: BodyModel) -> None:
    dance = joints(tiny_body)
    dance[:4] = dance[:4] * torch.tensor([1.0, -1.0, 1.0]) + torch.tensor([0, 1.6, 0])
    assert checked(dance).reasons == ()


def test_a_person_who_is_not_painted_is_told(tiny_body: BodyModel) -> None:
    for missing in (0.9, float("nan")):
        assert any(
            "Next to nothing of the person is painted" in one for one in checked(joints(tiny_body), missing).reasons
        )


def test_what_the_source_did_not_show_is_told_with_its_frames(tiny_body: BodyModel) -> None:
    dance, whole = joints(tiny_body), exact_detections(tiny_body, made_up_dance(tiny_body), known_camera())
    gone = checked(dance, seen=unseen(whole, slice(5, 15), ("",)))
    assert "The source shows no person in 10 of 30 frames: frames 5 to 14." in gone.reasons
    half = checked(dance, seen=unseen(whole, slice(0, 30), ("knee", "ankle", "heel", "foot")))
    assert any("The legs of the source's person are not seen in 30 of 30 frames" in one for one in half.reasons)


def test_ranges_of_frames_are_listed_and_counted() -> None:
    chosen = torch.zeros(40, dtype=torch.bool)
    chosen[[0, 1, 2, 5, 10, 12, 14, 16, 18]] = True
    assert ranges(chosen) == "frames 0 to 2, 5 to 5, 10 to 10, 12 to 12, 14 to 14 and 2 more"
