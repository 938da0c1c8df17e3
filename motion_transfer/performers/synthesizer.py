"""Rendering a performer: a motion on the target's body -> frames of the target's video, in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from motion_transfer.appearance.background import Background
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame
from motion_transfer.performers.part_refinement import refined
from motion_transfer.performers.performer import Performer, novelty
from motion_transfer.performers.reference_preparation import performer_parts, reference_renderer
from motion_transfer.performers.reference_rendering import Warped
from motion_transfer.performers.window_rendering import ConditionedFrame, conditioned_frames
from motion_transfer.prefetch import prefetch, thread_map
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.references.whole_parts import notes_on_expressions, notes_on_parts
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, near, track_crop
from motion_transfer.synthesis.compositor import AlphaBounds, Compositor
from motion_transfer.synthesis.generators.conditional import Painted
from motion_transfer.synthesis.rollout import Conditioned, PaintedFrame, judge, rollout
from motion_transfer.synthesis.sensitivity import SensitivityProbe

MOST_SIDE_BY_SIDE = 4  # frames, each of which takes memory
CROWN = 1.8  # of the way from neck to head joint: as far above the head joint is about the top of the head


@value
class OutputFrame:
    """One finished frame with what scoring needs of it.

    Attributes:
        alpha, part: in the crop; part is the body part at each pixel, -1 beside the body.
        sensitivity: of the network that painted, as `SensitivityProbe` measures it in one frame of each second; NaN in
            others, and without a network.
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "crop_height crop_width"]
    part: Int[np.ndarray, "crop_height crop_width"]
    sensitivity: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far the network's own colours replace the texture's, by how new a pose is.

    Args:
        least: trust that stays in poses unlike all that were trained on.
        familiar, strange: novelty up to which the network is trusted fully, and from which it is least.
    """

    least: float
    familiar: float
    strange: float

    def __call__(self, novelty: Float[Tensor, "frame"]) -> Float[Tensor, "frame"]:
        """Trust in each frame."""
        strangeness = ((novelty - self.familiar) / (self.strange - self.familiar)).clamp(0, 1)
        return 1 - (1 - self.least) * strangeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesizer:
    """Renders a performer.

    Args:
        device: that the network paints on.
        chunk: frames whose maps are rendered at once.
        margin: free space around the body in the crop, as a fraction of its height.
        smoothing_s: of the crop's path.
        alpha_floor: least alpha well inside the body.
        shadow: strength of the contact shadow.
        references: how a performer is painted from its reference frames.
        background: in place of the performer's own room; None for that.
    """

    device: str
    chunk: int
    margin: float
    smoothing_s: float
    alpha_floor: float
    trust: Trust
    shadow: float
    references: ReferenceSettings
    background: Background | None

    def __post_init__(self) -> None:
        if not isinstance(self.background, Background | None):
            raise ValueError(
                f"expected background={self.background}, got synthesizer.background={self.background}; "
                "leave out what is before the point"
            )

    def track(self, performer: Performer, motion: BodyMotion) -> CropTrack:
        """Where the crop lies; as large as the motion needs, at the scale that was learned."""
        picture = performer.facts.camera.size
        return track_crop(
            near(_boxes_px(performer, motion), picture),
            height=performer.facts.resolution,
            margin=self.margin,
            smoothing_frames=self.smoothing_s * float(motion.fps),
            px_per_pixel=performer.facts.px_per_pixel,
            picture=picture,
        ).on_whole_pixels()

    def notes(self, performer: Performer, motion: BodyMotion) -> tuple[str, ...]:
        """What a rendering of the motion leaves out, each in one sentence for the report."""
        size = performer.facts.camera.size
        behind = () if self.background is None else (self.background.note(size),)
        boxes_px = _boxes_px(performer, motion)
        apart = (near(boxes_px, size) != boxes_px).any(1).nonzero().flatten()
        said = (*behind, *self._notes_on_parts(performer, motion))
        if not len(apart):
            return said
        return (
            *said,
            f"In {len(apart)} of {len(motion)} frames, first in frame {int(apart[0])}, the body is far outside of the "
            "picture, where nothing is rendered; a number of the motion may be wrong.",
        )

    def _notes_on_parts(self, performer: Performer, motion: BodyMotion) -> tuple[str, ...]:
        if performer.references is None:
            return ()
        parts = notes_on_parts(performer_parts(performer, motion, self.references))
        return (*parts, *notes_on_expressions(performer.references, motion, self.references))

    def __call__(self, performer: Performer, motion: BodyMotion) -> Iterator[OutputFrame]:
        """Frames in order, at the motion's rate. Rendering, painting and compositing work side by side."""
        track = self.track(performer, motion)
        paint = self._from_references if performer.generator.judges else self._by_network
        frames = paint(performer, motion, track)
        return self._refined(performer, motion, frames) if performer.refiners else frames

    def _refined(
        self, performer: Performer, motion: BodyMotion, frames: Iterator[OutputFrame]
    ) -> Iterator[OutputFrame]:
        waiting: list[OutputFrame] = []

        def pictures() -> Iterator[Frame]:
            for frame in frames:
                waiting.append(frame)
                yield frame.rgb

        for rgb in refined(performer, motion, pictures(), torch.device(self.device)):
            yield replace(waiting.pop(), rgb=rgb)

    def _from_references(self, performer: Performer, motion: BodyMotion, track: CropTrack) -> Iterator[OutputFrame]:
        renderer = reference_renderer(performer, motion, track, self.references)
        compositor, bounds = self._compositor(performer), self._bounds(performer)
        threads = torch.get_num_threads()
        side_by_side = min(threads, MOST_SIDE_BY_SIDE)
        warped = renderer.frames(motion, self.chunk, side_by_side)
        judged = prefetch(self._judged(performer, motion, warped), depth=2, threads=max(1, threads // 2))

        def finished(numbered: tuple[int, tuple[Warped, Painted | None, float]]) -> OutputFrame:
            frame, (found, judged, sensitivity) = numbered
            person = renderer.painted(found, judged, bounds)
            left, top = _corner(track, frame)
            corner = (left + person.area[1].start, top + person.area[0].start)
            return OutputFrame(
                rgb=compositor.lay(person.rgb, person.alpha, corner, feet_m(found.posed)),
                alpha=renderer.alpha_in_window(person),
                part=renderer.part_in_window(found),
                sensitivity=sensitivity,
            )

        return thread_map(finished, enumerate(judged), threads=side_by_side)

    def _judged(
        self, performer: Performer, motion: BodyMotion, warped: Iterator[Warped]
    ) -> Iterator[tuple[Warped, Painted | None, float]]:
        """What the network says of the candidates of each frame, and its sensitivity; None where it was not trained."""
        if not performer.facts.training.steps:
            yield from ((frame, None, float("nan")) for frame in warped)
            return
        probe = self._probe(performer, motion)
        waiting: list[Warped] = []

        def conditions() -> Iterator[Conditioned]:
            for frame in warped:
                waiting.append(frame)
                assert frame.conditioned is not None
                yield frame.conditioned

        for number, painted in enumerate(judge(performer.generator, conditions(), torch.device(self.device))):
            frame = waiting.pop()
            assert frame.conditioned is not None
            yield frame, painted, probe(number, frame.conditioned, None)

    def _by_network(self, performer: Performer, motion: BodyMotion, track: CropTrack) -> Iterator[OutputFrame]:
        compositor, part_of_face = self._compositor(performer), performer.body.model.part_of_face
        threads = torch.get_num_threads()
        trust = self.trust(novelty(motion, performer.facts))
        drawn = prefetch(
            conditioned_frames(performer, motion, track, trust, self.chunk), depth=2 * self.chunk, threads=threads
        )
        # Half of the cores: the rest draws and encodes meanwhile.
        painted = prefetch(self._painted(performer, motion, drawn), depth=2, threads=max(1, threads // 2))
        for frame, (seen, person, sensitivity) in enumerate(painted):
            part = torch.where(seen.face >= 0, part_of_face[seen.face.clamp(min=0)], -1)
            rgb = ((person.rgb[0].permute(1, 2, 0) + 1) * 127.5).numpy()
            alpha = person.alpha[0, 0].numpy()
            finished = compositor(rgb, alpha, track, frame, feet_m(seen.posed))
            yield OutputFrame(rgb=finished, alpha=alpha, part=part.numpy(), sensitivity=sensitivity)

    def _painted(
        self, performer: Performer, motion: BodyMotion, drawn: Iterator[ConditionedFrame]
    ) -> Iterator[tuple[ConditionedFrame, PaintedFrame, float]]:
        probe, previous = self._probe(performer, motion), None
        waiting: list[ConditionedFrame] = []

        def conditions() -> Iterator[Conditioned]:
            for frame in drawn:
                waiting.append(frame)
                yield frame.conditioned

        bounds = self._bounds(performer)
        painted_frames = rollout(performer.generator, conditions(), bounds, torch.device(self.device))
        for number, painted in enumerate(painted_frames):
            frame = waiting.pop()
            yield frame, painted, probe(number, frame.conditioned, previous)
            previous = painted.over(frame.conditioned.plate)

    def _probe(
        self, performer: Performer, motion: BodyMotion
    ) -> Callable[[int, Conditioned, Float[Tensor, "1 3 height width"] | None], float]:
        """The network's sensitivity in one frame of each second, NaN in the others: it costs a picture or two."""
        every, probe = max(1, round(motion.fps)), SensitivityProbe(performer.generator, torch.device(self.device))

        def of_frame(number: int, frame: Conditioned, previous: Tensor | None) -> float:
            return float("nan") if number % every else probe(frame, previous, number)

        return of_frame

    def _bounds(self, performer: Performer) -> AlphaBounds:
        return AlphaBounds(floor=self.alpha_floor, reach_px=performer.facts.reach_px)

    def _compositor(self, performer: Performer) -> Compositor:
        shadow = 0.0 if self.background is not None and self.background.plain else self.shadow
        return Compositor(self.behind(performer), performer.facts.camera, shadow)

    def behind(self, performer: Performer) -> Frame:
        """What frames without the person show."""
        if self.background is None:
            return performer.plate.rgb
        return self.background.covering(performer.facts.camera.size)


def _corner(track: CropTrack, frame: int) -> tuple[int, int]:
    left, top = track.top_left_px[frame].tolist()
    return int(left), int(top)


def feet_m(posed: PosedBody) -> Float[Tensor, "foot 3"]:
    """Middles of the soles in the world, of one frame."""
    joints_m, lowest_m = posed.joints_m, lowest_sole_m(posed.shaped, posed.world_from_rest)
    ankles = joints_m[:, [joint("left_ankle"), joint("right_ankle")]]
    toes = joints_m[:, [joint("left_foot"), joint("right_foot")]]
    middle = (ankles + toes) / 2
    return torch.stack([middle[..., 0], lowest_m.clamp(min=0), middle[..., 2]], -1)[0]


def _boxes_px(performer: Performer, motion: BodyMotion) -> Float[Tensor, "frame 4"]:
    joints_m = performer.body.posed(motion.pose).joints_m
    return body_boxes(torch.cat([joints_m, _crown(joints_m)], 1), performer.facts.camera)


def _crown(joints_m: Tensor) -> Float[Tensor, "frame 1 3"]:
    """About the top of the head in the world."""
    head, neck = joints_m[:, joint("head")], joints_m[:, joint("neck")]
    return (head + CROWN * (head - neck))[:, None]
