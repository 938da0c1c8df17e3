"""The clips of a benchmark: one of a person, and others that repeat it at any length and size. Made once and kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice, repeat
from pathlib import Path

import cv2
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize, Video
from motion_transfer.files.bodies import load_body
from motion_transfer.files.video_reader import content_digest, open_video
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.geometry.rotations import rotation_about_vertical
from motion_transfer.synthetic.choreography import dance
from motion_transfer.synthetic.clip import render_clip
from motion_transfer.synthetic.performer import random_performer
from motion_transfer.synthetic.scene import room, room_camera

SEED = 3
MOVES = ("steps", "turns", "squats", "waves")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkClips:
    """Clips of any length and size, made from one.

    Attributes:
        folder: where they are kept.
        given: the user's clip, or None for a dancer drawn with the other settings.
        drawn_px: shorter side.
    """

    folder: Path
    given: Path | None
    drawn_px: int
    drawn_s: float
    drawn_fps: float
    drawn_texture_px: int

    def clip(self, short_px: int, seconds: float) -> Path:
        """Make a clip of this length and `short_px` on its shorter side by repeating the person's clip."""
        base = self.given or self._drawn()
        name = f"{base.stem}_{content_digest(base)[:8]}_{short_px}px_{seconds:g}s.mp4"
        path = self.folder / name
        if not path.exists():
            _repeat(open_video(base), path, short_px, seconds)
        return path

    def _drawn(self) -> Path:
        path = self.folder / f"drawn_{self.drawn_px}px_{self.drawn_s:g}s_{self.drawn_fps:g}fps.mp4"
        if not path.exists():
            model = load_body("free", None)
            draw_dancer(
                path,
                model,
                SEED,
                seconds=self.drawn_s,
                fps=Fraction(str(self.drawn_fps)),
                height_px=self.drawn_px,
                texture_px=self.drawn_texture_px,
            )
        return path


@value
class DrawnDance:
    """What is true about a drawn clip."""

    motion: BodyMotion
    camera: Camera


def draw_dancer(
    path: Path,
    model: BodyModel,
    seed: int,
    *,
    seconds: float,
    fps: Fraction,
    height_px: int,
    texture_px: int,
    moves: tuple[str, ...] = MOVES,
    facing_rad: float = 0.0,
) -> DrawnDance:
    """Write the clip of a random person's dance, turned about the vertical; gives the truth."""
    performer = random_performer(model, seed, texture_px=texture_px)
    motion = _turned(dance(model, performer.shape, seconds=seconds, fps=fps, seed=seed, moves=moves), facing_rad)
    camera = room_camera(ImageSize(height=height_px, width=_even(height_px * 16 / 9)), seed)
    video = render_clip(model, performer, motion, camera, room(camera, seed))
    _write(path, video.open_frames(), video.size, video.fps)
    return DrawnDance(motion=motion, camera=camera)


def _turned(motion: BodyMotion, facing_rad: float) -> BodyMotion:
    turn = rotation_about_vertical(torch.tensor(facing_rad))
    rotations = motion.pose.parent_from_joint.clone()
    rotations[:, joint("pelvis")] = turn @ rotations[:, joint("pelvis")]
    pose = replace(motion.pose, parent_from_joint=rotations, root_position_m=motion.pose.root_position_m @ turn.T)
    return replace(motion, pose=pose)


def _repeat(video: Video, path: Path, short_px: int, seconds: float) -> None:
    scale = short_px / min(video.size.height, video.size.width)
    size = ImageSize(height=_even(video.size.height * scale), width=_even(video.size.width * scale))
    count = max(1, round(seconds * float(video.fps)))
    endless = chain.from_iterable(opened() for opened in repeat(video.open_frames))
    resized = (
        cv2.resize(frame, (size.width, size.height), interpolation=cv2.INTER_AREA) for frame in islice(endless, count)
    )
    _write(path, resized, size, video.fps)


def _write(path: Path, frames: Iterable[Frame], size: ImageSize, fps: Fraction) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, size=size, fps=fps, details="(a clip of the benchmark)") as writer:
        for frame in frames:
            writer.write(frame)


def _even(length: float) -> int:
    return 2 * round(length / 2)
