"""A quick look sees cuts, blur, sway and people in drawn frames."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_figures import FPS, Figure, FigureDetector, clip_of, drawn
from random_pictures import texture

from motion_transfer.domain.clip import Clip
from motion_transfer.domain.landmarks import LandmarkLayout
from motion_transfer.domain.video import Frame
from motion_transfer.inspection.clip_inspection import LOOKED_AT, Inspection, blur_of, inspect_clip
from motion_transfer.landmarks.frame_detector import FrameDetection

WHOLE = LandmarkLayout.symmetric(
    tuple(f"{side}_{kind}" for kind in ("shoulder", "ankle", "hip") for side in ("right", "left")), {}
)
WALL = texture(240, 340)


@dataclass
class WholeFigureDetector(FigureDetector):
    """With hips in the middle of the figure's sides."""

    layout: LandmarkLayout = WHOLE

    def _detect(self, picture: Frame) -> FrameDetection | None:
        found = super()._detect(picture)
        if found is None:
            return None
        hips, deep = (found.xy[:2] + found.xy[2:]) / 2, (found.xyz_m[:2] + found.xyz_m[2:]) / 2
        confidence = np.full(6, self.confidence, np.float32)
        return replace(
            found, xy=np.vstack([found.xy, hips]), xyz_m=np.vstack([found.xyz_m, deep]), confidence=confidence
        )


def filmed(count: int = 40, *, shift_px: float = 0.0, figures: int = 1, card: int = 0) -> list[Frame]:
    """Figures before a wall that a camera sees, moved at random by up to so many pixels; a black card at first."""
    moved = np.random.default_rng(0).uniform(-shift_px, shift_px, (count, 2))
    frames = []
    for right, down in moved:
        view = np.array([[1, 0, -20 - right], [0, 1, -20 - down]])
        frame = cv2.warpAffine(WALL, view, (300, 200)) // 2 + 40
        for number in range(figures):
            one = drawn([Figure(left=60 + 110 * number, top=50, height=130 - 10 * number, shade=10 * number)])
            frame[one[..., 0] > 180] = one[one[..., 0] > 180]
        frames.append(frame)
    return [np.zeros_like(frames[0])] * card + frames


class ShortSightedDetector(WholeFigureDetector):
    def _detect(self, picture: Frame) -> FrameDetection | None:
        found = super()._detect(picture)
        return None if found is None or found.box().height < 0.9 else found


def look(frames: list[Frame], detector: WholeFigureDetector | None = None) -> Inspection:
    video = clip_of(frames)
    clip = Clip(paths=(Path("a.mp4"),), first=0, stop=len(frames), video=video, digest="drawn")
    detector = detector or WholeFigureDetector()
    found = inspect_clip(clip, detector)
    assert detector.still_open == 0
    return found


@pytest.mark.slow
def test_one_figure_before_a_wall_that_stands() -> None:
    found = look(filmed())
    assert found.person.seen == 1
    assert found.person.height == pytest.approx(130 / 200, abs=0.02)
    assert (found.pictures.people, found.pictures.cuts_s, found.pictures.sway) == (1, (), 0)
    assert len(found.pictures.blur) == LOOKED_AT
    assert found.sheet.shape[1] > 10 * 240


@pytest.mark.slow
def test_a_card_before_the_person_is_a_cut_and_shows_nobody() -> None:
    found = look(filmed(40, card=20))
    assert found.pictures.cuts_s == (20 / float(FPS),)
    assert found.person.seen == pytest.approx(2 / 3, abs=0.1)
    assert any("nobody was found in 3" in one.sentence for one in found.findings)
    assert found.pictures.sway == 0  # of the longest shot alone


@pytest.mark.slow
def test_two_figures_are_counted() -> None:
    assert look(filmed(figures=2)).pictures.people == 2


@pytest.mark.slow
def test_a_swaying_camera_is_measured() -> None:
    assert look(filmed(shift_px=4.0)).pictures.sway == pytest.approx(0.02, abs=0.012)


@pytest.mark.slow
def test_a_picture_without_anybody_is_still_looked_at() -> None:
    found = look(filmed(figures=0))
    assert found.person.seen == 0
    assert [one.sentence.partition(";")[0] for one in found.findings] == ["nobody was found"]


def test_blur_grows_with_the_width_of_the_blur() -> None:
    sharp = np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8).repeat(6, 0).repeat(6, 1)
    blurs = [blur_of(sharp), *(blur_of(cv2.GaussianBlur(sharp, (0, 0), sigma)) for sigma in (1, 2, 4))]
    assert blurs == sorted(blurs)
    assert blurs[0] < 0.4
    assert blurs[-1] > 0.7
    assert blur_of(np.full((20, 20, 3), 9, np.uint8)) == 1


@pytest.mark.slow
def test_a_person_in_an_enlarged_part_alone_is_too_small() -> None:
    (one,) = [found for found in look(filmed(), ShortSightedDetector()).findings if "nobody" in found.sentence]
    assert one.sentence == "nobody was found; the person is too small, crop to the person"
