"""Rendering a performer: a motion on the target's body -> frames of the target's video, in order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.performers.performer import Performer, novelty
from motion_transfer.prefetch import prefetch
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, prefiltered, resample, track_crop
from motion_transfer.rendering.map_renderer import MapRenderer
from motion_transfer.synthesis.compositor import AlphaBounds, Compositor
from motion_transfer.synthesis.rollout import Conditioned, PaintedFrame, rollout

CROWN = 1.8  # of the way from neck to head joint: as far above the head joint is about the top of the head


@value
class OutputFrame:
    """One finished frame with what scoring needs of it.

    Attributes:
        alpha, part: in the crop; part is the body part at each pixel, -1 beside the body.
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "crop_height crop_width"]
    part: Int[np.ndarray, "crop_height crop_width"]


@value
class _ConditionedFrame:
    """A conditioned frame with what compositing and scoring need; `face` is -1 beside the body."""

    conditioned: Conditioned
    face: Int[Tensor, "height width"]
    feet_m: Float[Tensor, "foot 3"]


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
    """

    device: str
    chunk: int
    margin: float
    smoothing_s: float
    alpha_floor: float
    trust: Trust
    shadow: float

    def track(self, performer: Performer, motion: BodyMotion) -> CropTrack:
        """Where the crop lies; as large as the motion needs, at the scale that was learned."""
        posed = performer.body.posed(motion.pose)
        points = torch.cat([posed.joints_m, _crown(posed.joints_m)], 1)
        return track_crop(
            body_boxes(points, performer.facts.camera),
            height=performer.facts.resolution,
            margin=self.margin,
            smoothing_frames=self.smoothing_s * float(motion.fps),
            px_per_pixel=performer.facts.px_per_pixel,
        ).on_whole_pixels()

    def __call__(self, performer: Performer, motion: BodyMotion) -> Iterator[OutputFrame]:
        """Frames in order, at the motion's rate. Rendering, painting and compositing work side by side."""
        track, part_of_face = self.track(performer, motion), performer.body.model.part_of_face
        compositor = Compositor(performer.plate.rgb, performer.facts.camera, self.shadow)
        threads = torch.get_num_threads()
        drawn = prefetch(self._drawn(performer, motion, track), depth=2 * self.chunk, threads=threads)
        # Half of the cores: the rest draws and encodes meanwhile.
        painted = prefetch(self._painted(performer, drawn), depth=2, threads=max(1, threads // 2))
        for frame, (seen, person) in enumerate(painted):
            part = torch.where(seen.face >= 0, part_of_face[seen.face.clamp(min=0)], -1)
            rgb = ((person.rgb[0].permute(1, 2, 0) + 1) * 127.5).numpy()
            alpha = person.alpha[0, 0].numpy()
            yield OutputFrame(rgb=compositor(rgb, alpha, track, frame, seen.feet_m), alpha=alpha, part=part.numpy())

    def _painted(
        self, performer: Performer, drawn: Iterator[_ConditionedFrame]
    ) -> Iterator[tuple[_ConditionedFrame, PaintedFrame]]:
        bounds = AlphaBounds(floor=self.alpha_floor, reach_px=performer.facts.reach_px)
        waiting: list[_ConditionedFrame] = []

        def conditions() -> Iterator[Conditioned]:
            for frame in drawn:
                waiting.append(frame)
                yield frame.conditioned

        for painted in rollout(performer.generator, conditions(), bounds, torch.device(self.device)):
            yield waiting.pop(), painted

    def _drawn(self, performer: Performer, motion: BodyMotion, track: CropTrack) -> Iterator[_ConditionedFrame]:
        facts, body = performer.facts, performer.body
        renderer = performer.renderer
        plate = prefiltered(performer.plate.rgb, track.px_per_pixel)
        trust = self.trust(novelty(motion, facts))
        for start in range(0, len(motion), self.chunk):
            chunk = range(start, min(start + self.chunk, len(motion)))
            posed = body.posed(motion.pose[chunk.start : chunk.stop])
            crop_from_frame = [track.window_from_frame(frame) for frame in chunk]
            affine = torch.from_numpy(np.stack(crop_from_frame)).float()
            maps, fragments = renderer(posed, performer.texture, motion.shape.betas, facts.camera, affine, track.size)
            feet = _soles_m(posed.joints_m, lowest_sole_m(body, posed.world_from_rest))
            for row, frame in enumerate(chunk):
                behind = torch.from_numpy(resample(plate, crop_from_frame[row], track.size))
                yield _ConditionedFrame(
                    conditioned=Conditioned(
                        maps=maps.values[row : row + 1],
                        covered=fragments.covered[row : row + 1] if shows_body(renderer) else None,
                        plate=behind.permute(2, 0, 1)[None].float() / 127.5 - 1,
                        trust=trust[frame : frame + 1],
                    ),
                    face=fragments.face[row],
                    feet_m=feet[row],
                )


def shows_body(renderer: MapRenderer) -> bool:
    """Whether the maps show where the body is, and not a stick figure alone."""
    return "silhouette" in renderer.channels


def _soles_m(joints_m: Tensor, lowest_m: Float[Tensor, "frame 2"]) -> Float[Tensor, "frame foot 3"]:
    """Middles of the soles in the world."""
    ankles = joints_m[:, [joint("left_ankle"), joint("right_ankle")]]
    toes = joints_m[:, [joint("left_foot"), joint("right_foot")]]
    middle = (ankles + toes) / 2
    return torch.stack([middle[..., 0], lowest_m.clamp(min=0), middle[..., 2]], -1)


def _crown(joints_m: Tensor) -> Float[Tensor, "frame 1 3"]:
    """About the top of the head in the world."""
    head, neck = joints_m[:, joint("head")], joints_m[:, joint("neck")]
    return (head + CROWN * (head - neck))[:, None]
