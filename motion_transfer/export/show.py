"""A motion -> a video of the body, over the source's picture where there is one, and a contact sheet of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.evaluation.sheet import SheetCollector, scaled_to_height
from motion_transfer.export.plots import plot_motion
from motion_transfer.files.pictures import write_png
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.geometry.smoothing import smooth_over_frames
from motion_transfer.rendering.body_picture import draw_body
from motion_transfer.rendering.character_picture import draw_floor, orbit_camera
from motion_transfer.stages import SourceMotion

ROWS = ("source", "body", "from the side")
COLUMNS, ROW_PX = 8, 300
FOLLOWING_S = 0.7  # how slowly the camera follows where nobody filmed
SIDE_RAD = np.pi / 2


def show_motion(
    source: SourceMotion, output: Path, *, height_px: int, advance: Callable[[], None]
) -> tuple[Path, Path]:
    """Write the video, its contact sheet and plots beside it; gives the paths of sheet and plots.

    Args:
        height_px: of the video.
        advance: is called after each frame.
    """
    motion, body = source.motion, source.body
    sheet = SheetCollector(ROWS, COLUMNS, len(motion), ROW_PX)
    path = smooth_over_frames(motion.pose.root_position_m, motion.fps, sigma_s=FOLLOWING_S)
    size = ImageSize(height=height_px, width=height_px)
    front = [orbit_camera(place, body.height_m, 0.0, size) for place in path]
    first = _picture(source, next(_originals(source)), front[0], height_px)
    video = ImageSize(height=first.shape[0], width=first.shape[1])
    with VideoWriter(output, size=video, fps=motion.fps) as writer:
        for index, original in zip(range(len(motion)), _originals(source), strict=False):
            posed = body.posed(motion.pose[index : index + 1])
            picture = _picture(source, original, front[index], height_px)
            filmed = None if original is None else source.camera
            drawn = draw_body(picture, posed, filmed or front[index])
            writer.write(drawn)
            if sheet.wants(index):
                if original is not None:
                    sheet.add(ROWS[0], index, picture)
                sheet.add(ROWS[1], index, drawn)
                aside = orbit_camera(path[index], body.height_m, SIDE_RAD, size)
                sheet.add(ROWS[2], index, draw_body(draw_floor(aside), posed, aside))
            advance()
    pictures, plots = output.with_suffix(".sheet.png"), output.with_suffix(".plots.png")
    write_png(pictures, sheet.sheet(float(motion.fps)))
    shots = source.capture.detections.shot_starts if source.capture is not None else (0,)
    plot_motion(motion, body, plots, shots)
    return pictures, plots


def _picture(source: SourceMotion, original: Frame | None, front: Camera, height_px: int) -> Frame:
    """The source's frame at the video's height; a floor where nobody filmed it."""
    if original is None or source.camera is None:
        return draw_floor(front)
    return scaled_to_height(original, height_px)


def _originals(source: SourceMotion) -> Iterator[Frame | None]:
    if source.clip is not None and source.camera is not None:
        yield from source.clip.video.open_frames()
    else:
        yield from [None] * len(source.motion)
