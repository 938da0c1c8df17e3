"""Face mesh and hands of a drawn person, whose joints are known, in one frame."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.face_and_hands import FOUND
from motion_transfer.domain.video import ImageSize
from motion_transfer.landmarks.face_and_hands import PartsInFrame, face_and_hands, notes_of
from motion_transfer.landmarks.mediapipe_face_and_hands import MediapipeFaceAndHands
from motion_transfer.landmarks.mediapipe_layout import NAMES
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import synthesize_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SIZE = ImageSize(height=720, width=540)


class Drawn:
    """A frame, the body's landmarks in it and around the hips, and where nose and wrists are."""

    def __init__(self, free_body: BodyModel) -> None:
        performer, camera = random_performer(free_body, 1, texture_px=512), room_camera(SIZE, 1)
        motion = dance(free_body, performer.shape, seconds=0.2, fps=Fraction(5), seed=1, moves=("reaches",))
        clip = synthesize_clip(free_body, performer, motion, camera, room(camera, 1))
        body = shape_body(free_body, motion.shape).posed(motion.pose)
        at_m = landmark_anchors(free_body, NAMES).posed(motion.shape.betas, body.world_from_rest)[0]
        self.frame = next(iter(clip.video))
        self.xy_px = camera.project(at_m[None])[0][0].numpy()
        self.xyz_m = (at_m @ camera.camera_from_world[:3, :3].T).numpy()

    def mirrored(self) -> "Drawn":
        other = object.__new__(Drawn)
        swap = {"left": "right", "right": "left"}
        rows = [NAMES.index("_".join(swap.get(word, word) for word in name.split("_"))) for name in NAMES]
        other.frame = np.ascontiguousarray(self.frame[:, ::-1])
        other.xy_px = (np.array([SIZE.width, 0], np.float32) + self.xy_px * np.float32([-1, 1]))[rows]
        other.xyz_m = (self.xyz_m * np.float32([-1, 1, 1]))[rows]
        return other

    def found(self) -> PartsInFrame:
        with MediapipeFaceAndHands(hands="lite").open(NAMES) as find:
            return find(self.frame, self.xy_px, self.xyz_m)


@pytest.mark.slow
def test_face_and_hands_of_a_drawn_person_are_found_where_they_are_and_change_sides_in_a_mirror(
    free_body: BodyModel,
) -> None:
    for drawn in (person := Drawn(free_body), person.mirrored()):
        found = drawn.found()
        assert found.face is not None
        assert np.linalg.norm(found.face.xy_px[1] - drawn.xy_px[NAMES.index("nose")]) < 6
        for hand, side in ((found.left_hand, "left"), (found.right_hand, "right")):
            assert hand is not None
            assert hand.confidence > FOUND
            assert np.linalg.norm(hand.xy_px[0] - drawn.xy_px[NAMES.index(f"{side}_wrist")]) < 12
            assert 0.05 < np.linalg.norm(hand.xyz[9] - hand.xyz[0]) < 0.13  # wrist to knuckle in metres


def test_frames_without_face_or_hands_have_confidence_zero() -> None:
    parts = face_and_hands([PartsInFrame(), PartsInFrame()])
    assert len(parts) == 2
    assert not parts.face_confidence.any()
    assert not parts.hand_confidence.any()
    assert not parts.face_px.any()


def test_what_is_found_in_few_frames_is_said() -> None:
    parts = face_and_hands([PartsInFrame()] * 10)
    sure = replace(parts, face_confidence=torch.ones(10), hand_confidence=torch.tensor([[1.0, 0.0]]).repeat(10, 1))
    everywhere = np.ones(10, bool)
    assert notes_of(sure, everywhere) == [
        "the right hand was found in 0 % of the frames; elsewhere it is held as the body's landmarks say"
    ]
    assert len(notes_of(parts, everywhere)) == 3
    first = replace(sure, face_confidence=torch.tensor([1.0] * 2 + [0.0] * 8))
    assert [note[:8] for note in notes_of(first, everywhere)] == ["the face", "the righ"]
    assert len(notes_of(first, np.arange(10) < 2)) == 1  # nobody is there in the other frames


def test_an_unknown_network_for_hands_is_refused() -> None:
    with pytest.raises(ValueError, match="expected hands to be one of lite, full, got 'tiny'"):
        MediapipeFaceAndHands(hands="tiny")
