"""A motion in the browser: bodies in 3D, the camera's picture and a timeline; viser serves them, without a display."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch

from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.sheet import scaled_to_height
from motion_transfer.files.optional_packages import check_installed
from motion_transfer.performers.performer import Performer
from motion_transfer.pipeline import retarget
from motion_transfer.retargeting.facing import mean_ground_position_m
from motion_transfer.run import Run
from motion_transfer.stages import SourceMotion, Stages

VISER = ("viser", "viser", "viewer=true", "viewer")  # as `check_installed` takes it
HOST = "127.0.0.1"  # nobody else is shown the motion
SOURCE_RGB, TARGET_RGB = (110, 170, 255), (255, 170, 110)
BESIDE_M = 1.3  # between source and target
MOST_PICTURES, PICTURE_PX = 600, 240  # of the camera, which are kept as JPEG
EYE_M, AIM_M = (0.0, 1.2, 2.5), (0.0, 0.9, 0.0)
SLOWEST_FPS = 10.0  # at which it is looked whether the timeline was moved


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBody:
    """A body in motion, its colour, and where it is moved to."""

    name: str
    posed: PosedBody
    rgb: tuple[int, int, int]
    shift_m: torch.Tensor

    def vertices_m(self, frame: int) -> np.ndarray:
        """The mesh of one frame."""
        return (self.posed.vertices_m(slice(frame, frame + 1))[0] + self.shift_m).numpy()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What the browser shows: handles of viser's."""

    bodies: Mapping[str, ShownBody]
    pictures: Mapping[int, bytes]
    meshes: Mapping[str, Any]
    picture: Any
    frame: Any
    playing: Any

    def draw(self, frame: int) -> None:
        for name, body in self.bodies.items():
            self.meshes[name].vertices = body.vertices_m(frame)
        if self.picture is not None:
            self.picture.image = _picture_at(self.pictures, frame)


def view_motion(
    source: SourceMotion,
    performer: Performer | None,
    stages: Stages,
    run: Run,
    *,
    port: int,
    opened: Callable[[str], None],
    ended: Callable[[], bool] = lambda: False,
) -> None:
    """Serve the source's body, and beside it the performer's that does the same, until it is ended.

    Args:
        performer: None shows the source alone.
        port: where it is served; the next free one if it is taken.
        opened: is told the address, in a sentence.
        ended: is asked in every frame.

    Raises:
        ValueError: the package viser is not installed.
    """
    check_installed(*VISER)
    import viser

    place = 0.0 if performer is None else BESIDE_M / 2
    bodies = [_shown("source", source.body.posed(source.motion.pose), SOURCE_RGB, source.motion, -place)]
    if performer is not None:
        motion = retarget(source, performer, stages, run).motion
        bodies.append(_shown("target", performer.body.posed(motion.pose), TARGET_RGB, motion, place))
    pictures = _pictures(source)
    server = viser.ViserServer(host=HOST, port=port, label="motion-transfer", verbose=False)
    try:
        page = _lay_out(server, {body.name: body for body in bodies}, pictures, len(source.motion))
        opened(f"Viewer: http://localhost:{server.get_port()} until Ctrl-C")
        _play(page, len(source.motion), float(source.motion.fps), ended)
    finally:
        server.stop()


def check_viewer(*, viewer: bool, performer: object) -> None:
    """Fail before any work if the viewer is asked for and cannot be had, or the other way round.

    Raises:
        ValueError: viser is not installed, or a performer is given that only the viewer would show.
    """
    if viewer:
        check_installed(*VISER)
    elif performer is not None:
        raise ValueError(f"expected viewer=true with a performer, which only the viewer shows, got {performer}; add it")


def _shown(name: str, posed: PosedBody, rgb: tuple[int, int, int], motion: BodyMotion, place_m: float) -> ShownBody:
    """A body whose path's mean lies to the right of the middle by so much."""
    shift = torch.tensor([place_m, 0.0, 0.0]) - mean_ground_position_m(motion)
    return ShownBody(name=name, posed=posed, rgb=rgb, shift_m=shift)


def _lay_out(server: Any, bodies: Mapping[str, ShownBody], pictures: Mapping[int, bytes], frames: int) -> _Page:
    server.scene.set_up_direction("+y")
    server.initial_camera.position, server.initial_camera.look_at = EYE_M, AIM_M
    server.scene.add_grid("floor", plane="xz", infinite_grid=True)
    meshes = {
        name: server.scene.add_mesh_simple(name, body.vertices_m(0), body.posed.faces.numpy(), color=body.rgb)
        for name, body in bodies.items()
    }
    picture = None
    if pictures:
        picture = server.gui.add_image(_picture_at(pictures, 0), label="Camera", format="jpeg")
    return _Page(
        bodies=bodies,
        pictures=pictures,
        meshes=meshes,
        picture=picture,
        frame=server.gui.add_slider("Frame", min=0, max=max(frames - 1, 1), step=1, initial_value=0),
        playing=server.gui.add_checkbox("Play", initial_value=True),
    )


def _play(page: _Page, frames: int, fps: float, ended: Callable[[], bool]) -> None:
    """Move the timeline with the clock while it plays, and draw where it stands."""
    drawn, before, at = 0, time.monotonic(), 0.0
    while not ended():
        time.sleep(1 / max(fps, SLOWEST_FPS))
        now = time.monotonic()
        if page.frame.value != int(at):  # it was moved by hand
            at = float(page.frame.value)
        if page.playing.value:
            at = (at + (now - before) * fps) % frames
            page.frame.value = int(at)
        before = now
        if int(at) != drawn:
            drawn = int(at)
            page.draw(min(drawn, frames - 1))


def _pictures(source: SourceMotion) -> dict[int, bytes]:
    """Frames of the camera, as many as are kept, small and as JPEG; none where nobody filmed."""
    if source.clip is None or source.camera is None:
        return {}
    count = min(len(source.motion), len(source.clip.video))
    chosen = np.linspace(0, count - 1, min(count, MOST_PICTURES)).round().astype(int).tolist()
    return {index: _packed(frame) for index, frame in source.clip.video.pick(chosen)}


def _packed(frame: Frame) -> bytes:
    small = scaled_to_height(frame, PICTURE_PX)
    return cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1].tobytes()


def _picture_at(pictures: Mapping[int, bytes], frame: int) -> Frame:
    nearest = min(pictures, key=lambda one: abs(one - frame))
    unpacked = cv2.imdecode(np.frombuffer(pictures[nearest], np.uint8), cv2.IMREAD_COLOR)
    assert unpacked is not None
    return cv2.cvtColor(unpacked, cv2.COLOR_BGR2RGB)
