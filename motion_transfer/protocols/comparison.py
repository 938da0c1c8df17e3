"""Frames of several methods against the true ones: the figures that need no pose detector, and the contact sheet."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.close_ups import close_ups
from motion_transfer.evaluation.cutouts import cut_out, inside
from motion_transfer.evaluation.faces import HEAD_RADIUS_M, FaceScore
from motion_transfer.evaluation.picture_score import PictureScore, TextureScore
from motion_transfer.evaluation.sheet import SheetCollector
from motion_transfer.landmarks.face_detector import FaceSession
from motion_transfer.prefetch import thread_map
from motion_transfer.protocols.method_sheet import ShownFrames
from motion_transfer.rendering.body_regions import REGIONS, figure_boxes, head_boxes, region_boxes

COLUMNS, ROW_PX = 8, 256
CLOSE_UPS = {"head": (REGIONS.index("head"),), "hands": (REGIONS.index("left_hand"), REGIONS.index("right_hand"))}
TRUTH = "truth"


@value
class BodyBoxes:
    """Where to look at a body in the full frame: left, top, right and bottom in pixels.

    Attributes:
        head: that is searched for a face.
        regions: head, hands and feet, as `region_boxes` orders them.
        figure: all of it, of constant size.
        joints_px: its joints.
    """

    head: Float[np.ndarray, "frame 4"]
    regions: Float[np.ndarray, "frame region 4"]
    figure: Float[np.ndarray, "frame 4"]
    joints_px: Float[np.ndarray, "frame joint 2"]

    @staticmethod
    def around(joints_m: Float[Tensor, "frame joint 3"], camera: Camera) -> "BodyBoxes":
        """Of a posed body."""
        return BodyBoxes(
            head=head_boxes(joints_m, camera, HEAD_RADIUS_M).numpy(),
            regions=region_boxes(joints_m, camera).numpy(),
            figure=figure_boxes(joints_m, camera).numpy(),
            joints_px=camera.project(joints_m)[0].numpy(),
        )


class Comparison:
    """Gathers scores and pictures of a clip while it streams by.

    Args:
        methods: in the order of their scores.
        driven: those that paint the driven body, so that its face is looked for and its hands are shown; other methods
            show filmed frames, in which they are elsewhere.
        rows: of the contact sheet below the truth: the method that each shows.
        frames: of the clip.
        shows_face: an open session of a face detector.

    Attributes:
        shown: frames of the first driven method for a sheet of several methods.
    """

    def __init__(
        self,
        methods: Sequence[str],
        driven: Sequence[str],
        rows: Mapping[str, str],
        frames: int,
        shows_face: FaceSession,
    ) -> None:
        self._rows = rows
        self._scores = {name: PictureScore() for name in methods}
        self._faces = {name: FaceScore(shows_face) for name in driven}
        self._parts = {name: {part: TextureScore() for part in CLOSE_UPS} for name in driven}
        self._sheet = SheetCollector([TRUTH, *rows], COLUMNS, frames, ROW_PX)
        self.shown = ShownFrames(frames)

    def add(
        self,
        index: int,
        truth: Frame,
        pictures: Mapping[str, Frame],
        person: Bool[np.ndarray, "height width"],
        held: Bool[np.ndarray, "height width"] | None,
        true_body: BodyBoxes,
        driven_body: BodyBoxes,
    ) -> None:
        """Compare one frame.

        Args:
            pictures: by method.
            held: what the person holds, which is not asked for.
            true_body, driven_body: of all frames of the clip.
        """

        def score(name: str) -> None:
            self._scores[name].add(pictures[name], truth, person, held)

        list(thread_map(score, self._scores))  # a large frame takes each method half a second
        for name, face in self._faces.items():
            face.add(pictures[name], truth, driven_body.head[index], true_body.head[index])
            for part, regions in CLOSE_UPS.items():
                for region in regions:
                    box = true_body.regions[index, region]
                    seen = person if held is None else person & ~held
                    self._parts[name][part].add(*(inside(frame, box) for frame in (pictures[name], truth, seen)))
        boxes = (true_body.figure[index], driven_body.figure[index])
        self.shown.add(index, truth, pictures[next(iter(self._faces))], *boxes, driven_body.joints_px[index])
        if self._sheet.wants(index):
            self._show(TRUTH, index, truth, true_body, closely=True)
            for row, name in self._rows.items():
                self._show(row, index, pictures[name], driven_body, closely=name in self._faces)

    def scores(self) -> dict[str, dict[str, float | int]]:
        """By method, then by figure; NaN where one has no value."""
        found = {name: score.summary() for name, score in self._scores.items()}
        for name, face in self._faces.items():
            found[name]["face_found"] = face.value()
            for part, score in self._parts[name].items():
                found[name] |= {f"{part}_{figure}": value for figure, value in score.summary().items()}
        return found

    def sheet(self, fps: float) -> Frame:
        """The whole figure in each row; beside the truth and driven bodies close-ups of head, hands and feet."""
        return self._sheet.sheet(fps)

    def _show(self, row: str, index: int, picture: Frame, body: BodyBoxes, *, closely: bool) -> None:
        shown = cut_out(picture, body.figure[index])
        self._sheet.add(row, index, shown, close_ups(picture, body.regions[index]) if closely else ())
