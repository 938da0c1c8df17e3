"""What a network paints in a window: conditioned frames of a motion, in order."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from motion_transfer.body.posing import PosedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.performers.performer import Performer
from motion_transfer.rendering.crop_track import CropTrack, prefiltered, resample
from motion_transfer.rendering.map_renderer import MapRenderer, draws_hands
from motion_transfer.synthesis.rollout import Conditioned


@value
class ConditionedFrame:
    """A conditioned frame with what compositing and scoring need; `face` is -1 beside the body."""

    conditioned: Conditioned
    face: Int[Tensor, "height width"]
    posed: PosedBody


def conditioned_frames(
    performer: Performer, motion: BodyMotion, track: CropTrack, trust: Tensor, chunk: int
) -> Iterator[ConditionedFrame]:
    """Render the maps of every frame.

    Args:
        trust: of every frame.
        chunk: frames whose maps are rendered at once.
    """
    facts, body, renderer = performer.facts, performer.body, performer.renderer
    plate = prefiltered(performer.plate.rgb, track.px_per_pixel)
    for start in range(0, len(motion), chunk):
        frames = range(start, min(start + chunk, len(motion)))
        pose = motion.pose[frames.start : frames.stop]
        posed = body.posed(pose, fingers=draws_hands(renderer))
        crop_from_frame = [track.window_from_frame(frame) for frame in frames]
        affine = torch.from_numpy(np.stack(crop_from_frame)).float()
        maps, fragments = renderer(posed, performer.texture, motion.shape.betas, facts.camera, affine, track.size)
        for row, frame in enumerate(frames):
            behind = torch.from_numpy(resample(plate, crop_from_frame[row], track.size))
            yield ConditionedFrame(
                conditioned=Conditioned(
                    maps=maps.values[row : row + 1],
                    covered=fragments.covered[row : row + 1] if shows_body(renderer) else None,
                    plate=behind.permute(2, 0, 1)[None].float() / 127.5 - 1,
                    trust=trust[frame : frame + 1],
                ),
                face=fragments.face[row],
                posed=body.posed(pose[row : row + 1], fingers=False),
            )


def shows_body(renderer: MapRenderer) -> bool:
    """Whether the maps show where the body is, and not a stick figure alone."""
    return "silhouette" in renderer.channels
