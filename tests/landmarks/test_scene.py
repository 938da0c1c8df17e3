"""Title cards, fades, inserts and other shots are no part of the scene that a person is in."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import cv2
import numpy as np
import pytest
from random_pictures import texture

from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.landmarks.scene import Scene, find_scene, of_ranges

SIZE = ImageSize(height=120, width=160)
ROOM = texture()
ELSEWHERE = (texture()[::-1] * [0.3, 0.9, 0.5]).astype(np.uint8)
DANCER = (200, 30, 40)


def dancing(count: int, *, room: np.ndarray = ROOM, first: int = 0) -> list[np.ndarray]:
    """Somebody who walks to and fro before a wall."""
    frames = []
    for index in range(first, first + count):
        frame, left = room.copy(), 40 + abs(index % 60 - 30) * 2
        frame[20:110, left : left + 24] = DANCER
        frames.append(frame)
    return frames


def card(count: int) -> list[np.ndarray]:
    """White letters on black."""
    frame = np.zeros((SIZE.height, SIZE.width, 3), np.uint8)
    frame[40:60, 20:140:8] = 255
    return [frame] * count


def faded(frames: list[np.ndarray], *, out: bool = False) -> list[np.ndarray]:
    shares = np.linspace(0, 1, len(frames) + 1)[:-1]
    return [
        (frame * share).astype(np.uint8) for frame, share in zip(frames, shares[::-1] if out else shares, strict=True)
    ]


class Seen:
    """Says who is in a frame by its colours, and remembers whether it was asked."""

    def __init__(self, frames: list[np.ndarray]) -> None:
        self.frames, self.asked = frames, False

    def __call__(self, indices: Sequence[int]) -> np.ndarray:
        self.asked = True
        apart = [np.abs(self.frames[index].astype(int) - DANCER).max(-1) < 30 for index in indices]
        return np.array([one.mean() > 0.05 for one in apart])


def scene_of(frames: list[np.ndarray]) -> tuple[Scene, Seen]:
    seen = Seen(frames)
    video = Video(open_frames=lambda: iter(frames), size=SIZE, fps=Fraction(25), frame_count=len(frames))
    return find_scene(video, seen), seen


def test_a_dance_before_a_wall_is_all_scene_and_nobody_is_searched() -> None:
    scene, seen = scene_of(dancing(60))
    assert scene.is_whole
    assert not seen.asked


@pytest.mark.slow
def test_cards_before_and_after_are_left_out() -> None:
    scene, _ = scene_of([*card(20), *dancing(75), *card(25)])
    assert scene.ranges == ((20, 95),)
    assert scene.note.startswith("Frames 0 to 19, 95 to 119 do not show the scene that the person is in")


@pytest.mark.slow
def test_cards_longer_than_the_dance_are_left_out() -> None:
    scene, _ = scene_of([*card(90), *dancing(40)])
    assert scene.ranges == ((90, 130),)


@pytest.mark.slow
def test_an_insert_is_left_out_and_both_sides_are_kept() -> None:
    frames = [*dancing(40), *([ELSEWHERE] * 30), *dancing(50, first=40)]
    assert scene_of(frames)[0].ranges == ((0, 40), (70, 120))


def close_up(frame: np.ndarray) -> np.ndarray:
    return cv2.resize(frame[30:110, 20:127], (SIZE.width, SIZE.height))


INSERTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a card of the room's mean colour": lambda frame: np.full_like(frame, frame.mean((0, 1)).astype(np.uint8)),
    "the colours of its rows": lambda frame: np.broadcast_to(frame.mean(1, keepdims=True), frame.shape).astype(
        np.uint8
    ),
    "a blurred picture of it": lambda frame: cv2.GaussianBlur(frame, (0, 0), 12),
    "a close-up": close_up,
    "its mirror image": lambda frame: frame[:, ::-1].copy(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", INSERTS)
def test_an_insert_in_the_rooms_own_colours_is_left_out(name: str) -> None:
    before, during, after = dancing(40), dancing(20, first=40), dancing(50, first=60)
    frames = [*before, *(INSERTS[name](frame) for frame in during), *after]
    assert scene_of(frames)[0].ranges == ((0, 40), (60, 110))


@pytest.mark.slow
@pytest.mark.parametrize("dissolve", [6, 20])
def test_a_crossfade_to_another_place_ends_the_scene(dissolve: int) -> None:
    first, other = dancing(60 + dissolve), dancing(30 + dissolve, room=ELSEWHERE)
    shares = np.linspace(0, 1, dissolve + 2)[1:-1]
    mixed = zip(first[60:], other[:dissolve], shares, strict=True)
    frames = [*first[:60], *((a * (1 - x) + b * x).astype(np.uint8) for a, b, x in mixed), *other[dissolve:]]
    ((start, stop),) = scene_of(frames)[0].ranges
    assert start == 0
    assert 58 <= stop <= 60 + dissolve


@pytest.mark.slow
def test_coloured_light_that_comes_and_goes_is_no_other_place() -> None:
    swings = 0.25 * np.sin(np.arange(80) / 5)[:, None] * [1, 0, -1]
    both = zip(dancing(80), swings, strict=True)
    frames = [(frame * (1 + swing)).clip(0, 255).astype(np.uint8) for frame, swing in both]
    ranges = scene_of(frames)[0].ranges
    assert sum(stop - start for start, stop in ranges) >= 70


def test_who_comes_near_and_covers_half_of_the_room_is_kept() -> None:
    frames = []
    for index in range(60):
        frame, half = ROOM.copy(), 12 + index // 2
        frame[max(0, 60 - 2 * half) :, 80 - half : 80 + half] = DANCER
        frames.append(frame)
    assert scene_of(frames)[0].is_whole


@pytest.mark.slow
def test_the_person_in_another_place_for_a_shorter_time_is_left_out() -> None:
    frames = [*dancing(30, room=ELSEWHERE), *dancing(80)]
    assert scene_of(frames)[0].ranges == ((30, 110),)


@pytest.mark.slow
def test_fades_from_and_to_black_are_trimmed() -> None:
    frames = [*faded(dancing(15)), *dancing(70, first=15), *faded(dancing(15, first=85), out=True)]
    ((start, stop),) = scene_of(frames)[0].ranges
    assert 5 <= start <= 20
    assert 80 <= stop <= 95


@pytest.mark.slow
def test_black_in_the_middle_is_left_out() -> None:
    frames = [*dancing(40), *([np.zeros_like(ROOM)] * 20), *dancing(40, first=40)]
    assert scene_of(frames)[0].ranges == ((0, 40), (60, 100))


def test_a_jump_cut_within_the_room_keeps_both_shots() -> None:
    frames = [*dancing(30), *dancing(30, first=52)]
    assert scene_of(frames)[0].is_whole


def test_a_panning_camera_keeps_all_of_its_shot() -> None:
    wall = texture(120, 520)
    frames = card(10)
    for index in range(90):
        frame = wall[:, 4 * index : 4 * index + 160].copy()
        frame[20:110, 70:94] = DANCER
        frames.append(frame)
    ((start, stop),) = scene_of(frames)[0].ranges
    assert start <= 16
    assert stop >= 94


def test_where_nobody_can_be_told_all_frames_are_kept() -> None:
    frames = [*card(30), *dancing(30)]
    video = Video(open_frames=lambda: iter(frames), size=SIZE, fps=Fraction(25), frame_count=len(frames))
    assert find_scene(video, lambda indices: None).is_whole
    assert find_scene(video, lambda indices: np.zeros(len(indices), bool)).is_whole


@pytest.mark.parametrize("ranges", [((2, 4),), ((0, 1), (3, 5))])
def test_a_video_of_ranges_has_their_frames_alone(ranges: tuple[tuple[int, int], ...]) -> None:
    frames = [np.full((SIZE.height, SIZE.width, 3), index, np.uint8) for index in range(6)]
    video = Video(open_frames=lambda: iter(frames), size=SIZE, fps=Fraction(25), frame_count=6)
    part = of_ranges(video, Scene(ranges=ranges, frames=6))
    shown = [int(frame[0, 0, 0]) for frame in part]
    assert shown == [index for start, stop in ranges for index in range(start, stop)]
    assert len(part) == len(shown)
    assert "were left out" in part.notes[-1]
