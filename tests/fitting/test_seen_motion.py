"""What a clip does not show of its person is held, eased or stood on, and said."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from jaxtyping import Bool
from known_clips import FPS, exact_detections, known_camera, made_up_dance, naked
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import ANKLES, HIPS, KNEES, joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, Capture
from motion_transfer.domain.landmarks import Detections
from motion_transfer.fitting.absent_frames import absent_frames, hold_absent_frames
from motion_transfer.fitting.estimation import complete_capture
from motion_transfer.fitting.hidden_legs import hidden_legs, stand_on_hidden_legs
from motion_transfer.fitting.seen_motion import seen_motion

FIRST, LAST = 8, 21  # of the frames that show nobody, of 30
EASE = round(0.5 * float(FPS))


def flags(motion: BodyMotion, first: int, last: int) -> Bool[Tensor, "frame"]:
    chosen = torch.zeros(len(motion), dtype=torch.bool)
    chosen[first : last + 1] = True
    return chosen


def hiding(detections: Detections, rows: list[int], frames: slice) -> Detections:
    confidence = detections.landmarks_2d.confidence.clone()
    hidden = confidence[frames]
    hidden[:, rows] = 0
    flat = replace(detections.landmarks_2d, confidence=confidence)
    return replace(detections, landmarks_2d=flat)


def legs_of(detections: Detections) -> list[int]:
    names = detections.layout.names
    return [row for row, name in enumerate(names) if name.split("_")[1:2] and name.split("_")[1] in ("knee", "ankle")]


def test_a_pose_is_held_and_eases_into_the_next_one_that_was_seen(tiny_body: BodyModel) -> None:
    motion = made_up_dance(tiny_body)
    held = hold_absent_frames(motion, flags(motion, FIRST, LAST))
    before, after = motion.pose[FIRST - 1 : FIRST], motion.pose[LAST + 1 : LAST + 2]
    still = slice(FIRST, LAST + 1 - EASE)
    assert still.stop - still.start > 4
    expected = before.parent_from_joint.expand(still.stop - still.start, -1, -1, -1)
    torch.testing.assert_close(held.pose.parent_from_joint[still], expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(held.pose.root_position_m[still], before.root_position_m.expand(len(expected), 3))
    off = (held.pose.parent_from_joint[FIRST : LAST + 1] - after.parent_from_joint).square().sum((1, 2, 3)).sqrt()
    assert (off.diff() < 1e-4).all()
    assert off[-1] < 0.1 * off[0]
    outside = ~flags(motion, FIRST, LAST)
    torch.testing.assert_close(held.pose.parent_from_joint[outside], motion.pose.parent_from_joint[outside])


def test_feet_that_stood_before_go_on_standing_until_the_body_eases(tiny_body: BodyModel) -> None:
    motion = made_up_dance(tiny_body)
    motion = replace(motion, foot_contacts=torch.ones_like(motion.foot_contacts))
    held = hold_absent_frames(motion, flags(motion, FIRST, LAST))
    assert held.foot_contacts[FIRST : LAST + 1 - EASE].all()
    assert not held.foot_contacts[LAST].any()


@pytest.mark.parametrize(("first", "last", "kept"), [(0, 6, 7), (20, 29, 19)])
def test_at_either_end_the_nearest_pose_is_held(tiny_body: BodyModel, first: int, last: int, kept: int) -> None:
    motion = made_up_dance(tiny_body)
    held = hold_absent_frames(motion, flags(motion, first, last))
    expected = motion.pose.root_position_m[kept].expand(last + 1 - first, 3)
    torch.testing.assert_close(held.pose.root_position_m[first : last + 1], expected)


def test_a_motion_that_was_seen_throughout_is_the_same(tiny_body: BodyModel) -> None:
    motion, nowhere = made_up_dance(tiny_body), torch.zeros(30, dtype=torch.bool)
    body = shape_body(tiny_body, motion.shape)
    assert hold_absent_frames(motion, nowhere) is motion
    assert hold_absent_frames(motion, ~nowhere) is motion
    assert stand_on_hidden_legs(motion, body, nowhere) is motion


def test_hidden_legs_stand_below_the_pelvis_and_the_rest_is_as_it_was(tiny_body: BodyModel) -> None:
    motion = made_up_dance(tiny_body)
    body, hidden = shape_body(tiny_body, naked((0.8, -0.5))), flags(motion, 10, 20)
    stood = stand_on_hidden_legs(motion, body, hidden)
    posed = body.posed(stood.pose)
    for pair in ((HIPS, KNEES), (KNEES, ANKLES)):
        bone = torch.nn.functional.normalize(
            posed.joints_m[hidden][:, pair[1]] - posed.joints_m[hidden][:, pair[0]], dim=-1
        )
        assert (bone[..., 1] < -0.99).all()
    lowest = lowest_sole_m(body, posed.world_from_rest)[hidden].amin(1)
    torch.testing.assert_close(lowest, torch.zeros(len(lowest)), atol=1e-4, rtol=0)
    assert stood.foot_contacts[hidden].all()
    upper = [joint(name) for name in ("pelvis", "spine3", "head", "left_shoulder", "right_elbow")]
    torch.testing.assert_close(stood.pose.parent_from_joint[:, upper], motion.pose.parent_from_joint[:, upper])
    torch.testing.assert_close(stood.pose.parent_from_joint[0], motion.pose.parent_from_joint[0], atol=1e-3, rtol=0)


def test_what_is_hidden_is_told_from_what_was_seen(tiny_body: BodyModel) -> None:
    seen = exact_detections(tiny_body, made_up_dance(tiny_body), known_camera())
    frames, all_rows = len(seen.masks), list(range(len(seen.layout.names)))
    assert not hidden_legs(seen).any()
    half = hiding(seen, legs_of(seen), slice(0, 12))
    assert np.flatnonzero(hidden_legs(half)).tolist() == list(range(12))
    assert not hidden_legs(hiding(seen, legs_of(seen), slice(0, 3))).any()  # the fit's guess is nearer
    gone = hiding(seen, all_rows, slice(5, 9))
    assert np.flatnonzero(absent_frames(gone)).tolist() == [5, 6, 7, 8]
    assert not hidden_legs(hiding(seen, all_rows, slice(0, frames // 2))).any()


@pytest.mark.slow
def test_what_was_put_in_is_said(tiny_body: BodyModel) -> None:
    motion, camera = made_up_dance(tiny_body), known_camera()
    seen = exact_detections(tiny_body, motion, camera)
    body = shape_body(tiny_body, motion.shape)

    def capture(detections: Detections) -> Capture:
        return complete_capture(tiny_body, motion.shape, motion.pose, camera, detections)

    assert seen_motion(capture(seen), body)[1] == ()
    frames = len(motion)
    gone = hiding(hiding(seen, legs_of(seen), slice(0, 12)), list(range(len(seen.layout.names))), slice(20, 24))
    _, notes = seen_motion(capture(gone), body)
    assert notes == (
        f"the legs are hidden in 12 of {frames} frames, and stand still there",
        f"nobody is seen in 4 of {frames} frames, whose poses are held or eased",
    )


@pytest.mark.slow
def test_cuts_are_told_but_not_where_the_person_comes_or_goes(tiny_body: BodyModel) -> None:
    motion, camera = made_up_dance(tiny_body), known_camera()
    seen = exact_detections(tiny_body, motion, camera)

    def told(starts: tuple[int, ...], unseen: slice) -> list[str]:
        detections = replace(hiding(seen, list(range(33)), unseen), shot_starts=starts)
        captured = complete_capture(tiny_body, motion.shape, motion.pose, camera, detections)
        _, notes = seen_motion(captured, shape_body(tiny_body, motion.shape))
        return [note for note in notes if "cut" in note]

    nowhere = slice(0, 0)
    assert told((0,), nowhere) == []
    assert told((0, 9, 20), slice(9, 20)) == []
    [note] = told((0, 3, 6, 9, 20), slice(20, 25))
    assert note == "the clip is cut at 0.2 s, 0.4 s, 0.6 s, and the dance jumps there; trim it to one shot"
    [longer] = told((0, 3, 6, 9, 15), nowhere)
    assert " and 1 more, and the dance jumps there" in longer
