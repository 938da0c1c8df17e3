"""A preview of a character in motion: the source beside it, as a video and as a contact sheet."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.evaluation.sheet import SheetCollector, scaled_to_height
from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.pictures import write_png
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.rendering.body_picture import draw_body
from motion_transfer.rendering.character_picture import draw_character, draw_floor, orbit_camera
from motion_transfer.stages import SourceMotion

CAMERAS = ("auto", "turntable", "front", "source")
ROWS = ("source", "character", "character from the front", "character from behind")
COLUMNS, ROW_PX = 10, 300
FOLLOWING_S = 0.7  # how slowly the camera follows


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSettings:
    """How a character is shown.

    Attributes:
        camera: `turntable` walks around the character, `front` stays before it, `source` is that of the source's
            video; `auto` takes the source's where there is one, and the turntable elsewhere.
        height_px: of the video.
        turn_s: how long the turntable takes for one round.

    Raises:
        ValueError: there is no such camera, or a number is not positive.
    """

    camera: str
    height_px: int
    turn_s: float

    def __post_init__(self) -> None:
        if self.camera not in CAMERAS:
            raise ValueError(f"expected camera to be one of {', '.join(CAMERAS)}, got {self.camera!r}; choose one")
        if self.height_px < 64 or not self.turn_s > 0:
            raise ValueError(
                f"expected a preview of 64 pixels or more that turns in some time, got {self.height_px} and "
                f"{self.turn_s} s; try height_px=480 turn_s=20"
            )


class Preview:
    """Draws frames into a video and a contact sheet, used with `with`."""

    def __init__(
        self,
        video: Path,
        sheet: Path,
        source: SourceMotion,
        character: CharacterMesh,
        motion: BodyMotion,
        settings: PreviewSettings,
    ) -> None:
        if settings.camera == "source" and source.camera is None:
            raise ValueError("expected a source that was filmed for camera=source, got a motion file; try camera=front")
        self._source, self._character, self._settings = source, character, settings
        self._fps = motion.fps
        self._paths = {
            "source": smooth_over_frames(source.motion.pose.root_position_m, motion.fps, sigma_s=FOLLOWING_S),
            "character": smooth_over_frames(motion.pose.root_position_m, motion.fps, sigma_s=FOLLOWING_S),
        }
        self._height_m = float(np.ptp(character.surface.vertices_m[:, 1]))
        self._size = ImageSize(height=settings.height_px, width=settings.height_px)
        self._sheet_path, self._sheet = sheet, SheetCollector(ROWS, COLUMNS, len(motion), ROW_PX)
        self._originals = _frames(source)
        first = self._source_picture(0, next(_frames(source), None))
        width = first.shape[1] + self._camera(0, "character").size.width
        self._writer = VideoWriter(video, size=ImageSize(height=settings.height_px, width=width), fps=motion.fps)
        self._index, self._stack = 0, ExitStack()

    def __enter__(self) -> "Preview":
        self._stack.enter_context(self._writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if error is None:
            write_png(self._sheet_path, self._sheet.sheet(float(self._fps)))

    def write(self, surface_m: Float[Tensor, "frame surface_vertex 3"]) -> None:
        """Show some more frames."""
        for one in surface_m:
            index = self._index
            left = self._source_picture(index, next(self._originals, None))
            right = self._drawn(one, self._camera(index, "character"))
            self._writer.write(np.hstack([left, right]))
            if self._sheet.wants(index):
                self._sheet.add(ROWS[0], index, left)
                self._sheet.add(ROWS[1], index, right)
                for row, angle in ((ROWS[2], 0.0), (ROWS[3], math.pi)):
                    self._sheet.add(row, index, self._drawn(one, self._orbit(index, "character", angle)))
            self._index += 1

    def _drawn(self, surface_m: Float[Tensor, "surface_vertex 3"], camera: Camera) -> Frame:
        return draw_character(draw_floor(camera), surface_m, self._character, camera)

    def _source_picture(self, index: int, original: Frame | None) -> UInt8[np.ndarray, "shown_height shown_width 3"]:
        """The source's frame, or its body where nobody filmed it."""
        if original is not None:
            return scaled_to_height(original, self._settings.height_px)
        camera = self._camera(index, "source")
        posed = self._source.body.posed(self._source.motion.pose[index : index + 1])
        return draw_body(draw_floor(camera), posed, camera)

    def _camera(self, index: int, whose: str) -> Camera:
        filmed = self._source.camera
        if filmed is not None and self._settings.camera in ("auto", "source"):
            width = max(round(filmed.size.width * self._settings.height_px / filmed.size.height), 1)
            return filmed.resized(ImageSize(height=self._settings.height_px, width=width))
        turning = self._settings.camera in ("auto", "turntable")
        angle = 2 * math.pi * index / float(self._fps) / self._settings.turn_s if turning else 0.0
        return self._orbit(index, whose, angle)

    def _orbit(self, index: int, whose: str, angle: float) -> Camera:
        height = self._height_m if whose == "character" else self._source.body.height_m
        return orbit_camera(self._paths[whose][index], height, angle, self._size)


def _frames(source: SourceMotion) -> Iterator[Frame]:
    return iter(()) if source.clip is None else source.clip.video.open_frames()
