"""The tracker gives the detections of a clip with any frame-wise detector; here one that finds drawn figures."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_figures import FIGURE_M, FPS, LAYOUT, SIZE, Figure, FigureDetector, clip_of, drawn

from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.video import Frame, Video
from motion_transfer.landmarks.face_and_hands import PartsDetector
from motion_transfer.landmarks.frame_detector import FrameDetection, FrameDetector, Segmenter
from motion_transfer.landmarks.mediapipe_face_and_hands import MediapipeFaceAndHands
from motion_transfer.landmarks.people import PersonNotFoundError
from motion_transfer.landmarks.person_tracker import PersonTracker

WALK = [Figure(left=50 + 3 * step, top=40, height=120) for step in range(12)]


def tracker(
    detector: FrameDetector | None = None,
    *,
    segmenter: Segmenter | None = None,
    detection_px: int = 300,
    min_detected_fraction: float = 0.2,
    parts: PartsDetector | None = None,
) -> PersonTracker:
    return PersonTracker(
        detector=detector or FigureDetector(),
        segmenter=segmenter,
        detection_px=detection_px,
        mask_px=150,
        min_detected_fraction=min_detected_fraction,
        parts=parts,
    )


def corners_px(figures: list[Figure]) -> torch.Tensor:
    return torch.from_numpy(np.stack([figure.corners_px() for figure in figures]))


def walk() -> Video:
    return clip_of([drawn([figure]) for figure in WALK])


def test_a_person_is_found_where_it_is_drawn() -> None:
    found = tracker()(walk())
    assert isinstance(found, Detections)
    assert torch.allclose(found.landmarks_2d.xy_px, corners_px(WALK), atol=0.01)
    assert torch.allclose(found.landmarks_2d.confidence, torch.tensor(0.9))
    assert found.landmarks_3d.xyz_m[3, 3].tolist() == pytest.approx([FIGURE_M / 6, FIGURE_M / 2, 0])
    assert found.layout is LAYOUT
    assert (found.size, found.fps, found.shot_starts, found.notes) == (SIZE, FPS, (0,), ())
    assert (found.masks.size.height, found.masks.size.width) == (100, 150)
    mask = found.masks[0] > 127
    assert mask[21:79, 26:44].all()
    assert mask.sum() == pytest.approx(60 * 20, rel=0.05)


def test_positions_are_pixels_of_the_full_frame_however_small_the_searched_picture() -> None:
    found = tracker(detection_px=150)(walk())
    assert torch.allclose(found.landmarks_2d.xy_px, corners_px(WALK), atol=2)


def test_frames_without_the_person_have_confidence_zero_and_are_noted() -> None:
    found = tracker()(clip_of([drawn([figure]) for figure in WALK[:6]] + [drawn([])] * 3))
    assert (found.landmarks_2d.confidence[6:] == 0).all()
    assert (found.landmarks_2d.xy_px[6:] == 0).all()
    assert (found.masks[7] == 0).all()
    assert found.notes == ("no person was found in 3 of 9 frames",)


def test_a_landmark_well_outside_the_picture_counts_as_unseen() -> None:
    class Shifted(FigureDetector):
        def _detect(self, picture: Frame) -> FrameDetection | None:
            found = super()._detect(picture)
            return None if found is None else replace(found, xy=found.xy + np.array([0, 0.3], np.float32))

    confidence = tracker(Shifted())(walk()).landmarks_2d.confidence
    assert torch.allclose(confidence, torch.tensor([0.9, 0.9, 0, 0]))


def test_of_two_people_the_taller_is_followed_past_the_other() -> None:
    dancers = [Figure(left=30 + 6 * step, top=20, height=160, shade=1) for step in range(8)]
    other = Figure(left=250, top=60, height=120)
    found = tracker()(clip_of([drawn([other, dancer]) for dancer in dancers]))
    assert torch.allclose(found.landmarks_2d.xy_px, corners_px(dancers), atol=0.01)
    assert found.notes == ("2 people were seen; the largest one is followed",)


def test_every_shot_has_a_session_of_its_own() -> None:
    detector = FigureDetector()
    frames = [drawn([figure], background=90) for figure in WALK] + [drawn([figure], background=20) for figure in WALK]
    found = tracker(detector)(clip_of(frames))
    assert found.shot_starts == (0, 12)
    assert detector.sessions == [False, True, True]
    assert detector.still_open == 0


def test_another_person_in_place_of_the_lost_one_starts_a_shot_and_is_noted() -> None:
    one, another = Figure(left=20, top=60, height=60), Figure(left=225, top=60, height=60)
    found = tracker()(clip_of([drawn([one])] * 6 + [drawn([])] + [drawn([another])] * 6))
    assert found.shot_starts == (0, 7)
    assert found.notes[-1] == ("the person found jumps by 3.4 body heights at frame 7; from there on it may be another")


def test_a_segmenter_gives_the_masks_that_a_detector_lacks() -> None:
    def left_half(picture: Frame, detection: FrameDetection) -> np.ndarray:
        mask = np.zeros(picture.shape[:2], np.float32)
        mask[:, : int(detection.box().right * picture.shape[1])] = 1
        return mask

    found = tracker(FigureDetector(gives_masks=False), segmenter=left_half)(walk())
    assert (found.masks[0][:, :44] == 255).all()
    assert (found.masks[0][:, 46:] == 0).all()


def test_a_detector_without_masks_needs_a_segmenter() -> None:
    message = "expected a mask of the person, got none from FigureDetector; set landmarks.segmenter as well"
    with pytest.raises(ValueError, match=message):
        tracker(FigureDetector(gives_masks=False))(walk())


def test_a_clip_with_too_little_of_the_person_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="expected a person in the video, found none; use a clip that shows") as caught:
        tracker()(clip_of([drawn([])] * 4))
    assert "\n" not in str(caught.value)
    few = clip_of([drawn([WALK[0]])] * 2 + [drawn([])] * 6)
    message = "expected a person in at least 50% of the frames of the video, found one in 2 of 8"
    with pytest.raises(PersonNotFoundError, match=message) as caught:
        tracker(min_detected_fraction=0.5)(few)
    assert (caught.value.detected, caught.value.frames) == (2, 8)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"detection_px": 0}, "expected detection_px and mask_px of 1 or more, got 0 and 150"),
        ({"min_detected_fraction": 1.5}, r"expected min_detected_fraction in \[0, 1\], got 1.5"),
    ],
)
def test_a_wrong_setting_is_refused(setting: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tracker(**setting)  # pyright: ignore[reportArgumentType]


class Stopped(BaseException):
    """As a cancelled run raises it."""


@pytest.mark.parametrize("stops_in_pass", [1, 2])
def test_an_exception_from_the_frames_ends_the_tracking_and_closes_its_sessions(stops_in_pass: int) -> None:
    passes = 0

    def open_frames() -> Iterator[np.ndarray]:
        nonlocal passes
        passes += 1
        for index, figure in enumerate(WALK):
            if passes == stops_in_pass and index == 7:
                raise Stopped
            yield drawn([figure])

    detector = FigureDetector()
    with pytest.raises(Stopped):
        tracker(detector)(replace(walk(), open_frames=open_frames))
    assert passes == stops_in_pass
    assert detector.still_open == 0


class ShortSightedDetector(FigureDetector):
    """Finds nobody who takes up less than a third of the picture's height."""

    def _detect(self, picture: Frame) -> FrameDetection | None:
        found = super()._detect(picture)
        return None if found is None or found.box().height < 1 / 3 else found


SMALL_WALK = [Figure(left=90 + 3 * step, top=120, height=45) for step in range(12)]


def test_a_small_person_is_found_in_an_enlarged_part_of_the_picture() -> None:
    found = tracker(ShortSightedDetector())(clip_of([drawn([figure]) for figure in SMALL_WALK]))
    assert torch.allclose(found.landmarks_2d.xy_px, corners_px(SMALL_WALK), atol=1)
    assert (found.landmarks_2d.confidence > 0.8).all()
    mask = found.masks[0] > 127
    assert mask.sum() == pytest.approx(45 * 15 / 4, rel=0.1)  # the masks are half as large as the frames
    rows, columns = mask.nonzero()
    assert (rows.min(), columns.min()) == (pytest.approx(60, abs=1), pytest.approx(45, abs=1))
    [note] = found.notes
    assert note.startswith("the person is small in the picture, and was looked for in 109x112 pixels of 300x200; crop")


def test_a_small_person_is_told_from_nobody() -> None:
    class Fleeting(ShortSightedDetector):
        """Finds somebody in single pictures alone."""

        def _detect(self, picture: Frame) -> FrameDetection | None:
            return None if self.sessions[-1] else super()._detect(picture)

    with pytest.raises(PersonNotFoundError, match="found a smaller one; crop it to the person") as caught:
        tracker(Fleeting())(clip_of([drawn([figure]) for figure in SMALL_WALK]))
    assert (caught.value.detected, caught.value.frames) == (0, 12)
    with pytest.raises(PersonNotFoundError, match="expected a person in the video, found none"):
        tracker(ShortSightedDetector())(clip_of([drawn([])] * 4))


def test_face_and_hands_are_left_out_and_that_is_said_where_the_detector_does_not_say_where_they_are() -> None:
    found = tracker(parts=MediapipeFaceAndHands(hands="lite"))(walk())
    assert found.parts is None
    assert found.notes == ("face and hands were not looked for: the detector does not give nose",)
