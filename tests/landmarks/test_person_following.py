"""The person at a point is followed through the clip, whoever else is there."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_figures import SIZE, Figure, FigureDetector, clip_of, drawn

from motion_transfer.domain.landmarks import Detections
from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.video import Video
from motion_transfer.files.clips import open_clip
from motion_transfer.landmarks.mediapipe_pose import MediapipePose
from motion_transfer.landmarks.people import PersonNotFoundError
from motion_transfer.landmarks.person_following import follow_person
from motion_transfer.landmarks.person_tracker import PersonTracker

PARK = Path(__file__).parents[3] / "shared/videos/two_people_park.mp4"
TALL = [Figure(left=20 + 4 * step, top=20, height=160, shade=1) for step in range(12)]
SHORT = [Figure(left=250 - 6 * step, top=70, height=90, shade=2) for step in range(12)]  # they pass each other
LITTLE = [Figure(left=260 - step, top=150, height=30, shade=2) for step in range(12)]


def tracker(detector: FigureDetector | None = None) -> PersonTracker:
    return PersonTracker(
        detector=detector or FigureDetector(),
        segmenter=None,
        detection_px=300,
        mask_px=150,
        min_detected_fraction=0.1,
        parts=None,
    )


def both(*people: Sequence[Figure]) -> Video:
    return clip_of([drawn(figures) for figures in zip(*people, strict=True)])


def on(figure: Figure) -> PersonPoint:
    middle = figure.corners_px().mean(0) / [SIZE.width, SIZE.height]
    return PersonPoint(x=float(middle[0]), y=float(middle[1]))


def corners(figures: Sequence[Figure]) -> torch.Tensor:
    return torch.from_numpy(np.stack([figure.corners_px() for figure in figures]))


def nearest(found: Detections, figures: Sequence[Figure]) -> float:
    """The farthest landmark from where it was drawn, in pixels."""
    return float((found.landmarks_2d.xy_px - corners(figures)).abs().max())


@pytest.mark.slow
@pytest.mark.parametrize("people", [(TALL, LITTLE), (LITTLE, TALL)])
def test_each_of_two_people_is_followed_from_a_point_on_them(people: tuple[list[Figure], list[Figure]]) -> None:
    meant, other = people
    found = tracker()(both(other, meant), on(meant[0]))
    assert nearest(found, meant) < 1.5
    assert found.notes == (f"2 people were seen; the one at {on(meant[0])} in frame 0 is followed",)
    mask = found.masks[5] > 127
    assert mask.sum() == pytest.approx((meant[5].height // 3) * meant[5].height / 4, rel=0.25)


@pytest.mark.slow
def test_a_person_is_followed_past_another_who_stays_apart() -> None:
    high = [Figure(left=10 + 20 * step, top=10, height=75, shade=1) for step in range(12)]
    low = [Figure(left=230 - 20 * step, top=110, height=80, shade=2) for step in range(12)]
    assert nearest(tracker()(both(high, low), on(high[0])), high) < 1.5
    assert nearest(tracker()(both(high, low), on(low[0])), low) < 1.5


def test_who_comes_to_the_point_later_is_followed_back_to_where_they_came_from() -> None:
    standing = [Figure(left=20, top=30, height=120, shade=1)] * 24
    coming = [None] * 6 + [Figure(left=270 - 8 * step, top=90, height=90, shade=2) for step in range(18)]
    video = clip_of([drawn([one, *([two] if two else [])]) for one, two in zip(standing, coming, strict=True)])
    found = tracker()(video, PersonPoint(x=190 / 300, y=0.7))
    seen = found.landmarks_2d.confidence.amax(1) > 0
    assert seen.tolist() == [False] * 6 + [True] * 18
    there = [figure for figure in coming if figure]
    assert (found.landmarks_2d.xy_px[6:] - corners(there)).abs().max() < 1.5
    assert found.notes == (
        "2 people were seen; the one at 0.633333,0.7 in frame 15 is followed",
        "no person was found in 6 of 24 frames",
    )


def test_where_the_person_is_gone_another_is_not_taken() -> None:
    leaving = [Figure(left=20, top=30, height=60, shade=1)] * 5
    staying = [Figure(left=200, top=30, height=150, shade=2)] * 12
    frames = [drawn([one, *leaving[index : index + 1]]) for index, one in enumerate(staying)]
    found = tracker()(clip_of(frames), on(leaving[0]))
    assert (found.landmarks_2d.confidence.amax(1) > 0).tolist() == [True] * 5 + [False] * 7


def test_a_point_far_from_everybody_names_those_who_were_found() -> None:
    with pytest.raises(PersonNotFoundError) as caught:
        tracker()(both(TALL, LITTLE), PersonPoint(x=0.9, y=0.1))
    said = str(caught.value)
    assert said.startswith("expected a person at 0.9,0.1 in the video, found people at 0.16,0.50 in frame 0, 0.88,0.82")
    assert said.endswith("; give a point on one of them")
    assert "\n" not in said
    with pytest.raises(PersonNotFoundError, match="found nobody anywhere; use a clip that shows the whole body"):
        tracker()(clip_of([drawn([])] * 6), PersonPoint(x=0.9, y=0.1))


def test_a_point_beside_the_person_is_near_enough() -> None:
    right = (TALL[0].corners_px()[1, 0] + 30) / SIZE.width
    assert nearest(tracker()(both(TALL, SHORT), PersonPoint(x=float(right), y=0.5)), TALL) < 1.5


def test_behind_a_cut_the_person_is_looked_for_around_the_same_place() -> None:
    before = [drawn([TALL[0], LITTLE[0]], background=90)] * 8
    after = [drawn([Figure(left=60, top=20, height=150, shade=3), LITTLE[0]], background=20)] * 8
    found = tracker()(clip_of([*before, *after]), on(TALL[0]))
    assert found.shot_starts == (0, 8)
    assert (found.landmarks_2d.xy_px[8:, 0] == torch.tensor([60.0, 20.0])).all()


def test_sessions_are_closed() -> None:
    detector = FigureDetector()
    tracker(detector)(both(TALL, LITTLE), on(LITTLE[0]))
    assert detector.still_open == 0


def test_a_gap_is_bridged_but_for_a_long_one() -> None:
    shown = [True] * 4 + [False] * 5 + [True] * 4 + [False] * 20 + [True] * 4
    video = clip_of([drawn([TALL[0]] if there else []) for there in shown])
    followed = follow_person(video, on(TALL[0]), FigureDetector(), (0,), 300)
    assert [box is not None for box in followed.boxes] == shown
    assert [box is not None for box in followed.bridged()] == [*[True] * 13, *[False] * 20, *[True] * 4]


def test_the_window_holds_the_person_in_every_frame_and_is_of_one_size() -> None:
    followed = follow_person(both(LITTLE, TALL), on(LITTLE[0]), FigureDetector(), (0,), 300)
    windows = followed.windows()
    assert len({(window.size.height, window.size.width) for window in windows if window is not None}) == 1
    for window, figure in zip(windows, LITTLE, strict=True):
        assert window is not None
        (left, top), (right, bottom) = figure.corners_px()[0], figure.corners_px()[3]
        assert window.left < left
        assert right < window.left + window.size.width <= SIZE.width
        assert window.top < top
        assert bottom < window.top + window.size.height <= SIZE.height
    large = follow_person(both(LITTLE, TALL), on(TALL[0]), FigureDetector(), (0,), 300)
    assert set(large.windows()) == {None}


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(not PARK.exists(), reason="the clips beside the project are not there")
@pytest.mark.parametrize(
    ("point", "start", "places", "least"),
    [
        # Who dances on the box, jumps down in frames 165 to 195 and runs off to the right.
        ((0.37, 0.25), 0, {0: (0.37, 0.28), 60: (0.36, 0.27), 126: (0.42, 0.29), 207: (0.7, 0.8)}, 200),
        # Who walks from the tree at the right, in view from frame 38 on, to the left.
        ((0.9, 0.75), 42, {48: (0.85, 0.77), 90: (0.64, 0.74), 135: (0.38, 0.74), 180: (0.12, 0.75)}, 150),
    ],
)
def test_both_people_of_the_park_are_followed(
    point: tuple[float, float], start: int, places: dict[int, tuple[float, float]], least: int
) -> None:
    made = PersonTracker(
        detector=MediapipePose(), segmenter=None, detection_px=960, mask_px=320, min_detected_fraction=0.2, parts=None
    )
    video = open_clip(PARK).video
    found = made(video, PersonPoint(x=point[0], y=point[1]))
    x, y = point
    assert found.notes[0] == f"2 people were seen; the one at {x},{y} in frame {start} is followed"
    assert int((found.landmarks_2d.confidence.amax(1) > 0).sum()) >= least
    for frame, (x, y) in places.items():
        middle = found.landmarks_2d.xy_px[frame].mean(0) / torch.tensor([video.size.width, video.size.height])
        assert middle.tolist() == [pytest.approx(x, abs=0.04), pytest.approx(y, abs=0.08)], frame
