"""A performer as the diagnostics take it: posed in frames of its motion, rendered there, its loss on a fixed batch."""

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.performers.performer import Performer
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.rendering.crop_track import CropTrack, crop
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, paint_previous
from motion_transfer.synthesis.losses import LossWeights, reconstruction_losses
from motion_transfer.synthesis.sensitivity import LOOKED_UP
from motion_transfer.training.diagnostics.jacobian import jacobian_norms

Batch = dict[str, Tensor]


def differentiable(performer: Performer, device: torch.device) -> Performer:
    """Give the performer with a copy of its generator on the device, ready for second derivatives.

    The generator's learnable texture is held fixed, because torch cannot differentiate its lookup twice.
    """
    generator = copy.deepcopy(performer.generator)
    texture = generator.learnable_texture()
    if texture is not None:
        texture.requires_grad_(False)
    return dataclasses.replace(performer, generator=generator.to(device))


class PosedPerformer:
    """A performer in frames of its registered motion, on the generator's device.

    Args:
        track: crops of the whole motion.
    """

    def __init__(self, performer: Performer, track: CropTrack) -> None:
        self.performer, self.track = performer, track
        self._renderer = performer.renderer
        self._drawn = [i for i, name in enumerate(self._renderer.channels) if name not in LOOKED_UP]

    def sensitivity(self, frame: int, *, projections: int, draw: torch.Generator) -> Float[Tensor, ""]:
        """Estimate how much the picture of one frame changes with the maps that draw the body.

        The norm of the Jacobian of the picture, colours in [-1, 1], is divided by the root of the number of covered
        pixels: otherwise it would measure how near the person stands. The maps that look up the texture are left out.
        One of their steps is a whole atlas wide, or passes through to the picture, and would outweigh all others.

        Args:
            frame: index in the motion.
            projections: random ones; each costs a backward pass.
            draw: on the CPU.
        """
        maps, plate, previous, covered_px = self._condition(frame)
        drawn = torch.tensor(self._drawn, device=maps.device)

        def picture(values: Tensor) -> Tensor:
            return self.performer.generator(maps.index_copy(1, drawn, values), previous).over(plate)

        norm = jacobian_norms(picture, maps[:, drawn], projections=projections, generator=draw)[0]
        return norm.cpu() / max(covered_px, 1) ** 0.5

    def _condition(self, frame: int) -> tuple[Tensor, Tensor, Tensor | None, int]:
        """Maps, plate, the frame before as painted (as training does it) and how many pixels the body covers."""
        performer, track, facts = self.performer, self.track, self.performer.facts
        generator, motion = performer.generator, facts.motion
        device = next(generator.parameters()).device
        posed = performer.body.posed(motion.pose[max(frame - 1, 0) : frame + 1])
        crop_from_frame = track.window_from_frame(frame)
        affine = torch.from_numpy(crop_from_frame).float()[None].expand(len(posed.joints_m), -1, -1)
        rendered, fragments = self._renderer(
            posed, performer.texture, motion.shape.betas, facts.camera, affine, track.size
        )
        maps = rendered.values.to(device)
        behind = torch.from_numpy(crop(performer.plate.rgb, crop_from_frame, track.size)).to(device)
        plate = behind.permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.no_grad():
            previous = generator(maps[:1]).over(plate) if frame > 0 else None
        return maps[-1:], plate, previous, int(fragments.covered[-1].sum())


def render_crop(
    performer: Performer, frame: int, synthesizer: Synthesizer, track: CropTrack
) -> UInt8[np.ndarray, "height width 3"]:
    """Render one frame of the performer's motion as a result shows it, and give the person's crop.

    The frame before is rendered first, because the generator reads its output.
    """
    *_, last = synthesizer(performer, performer.facts.motion[max(frame - 1, 0) : frame + 1])
    return crop(last.rgb, track.window_from_frame(frame), track.size)


def reconstruction_loss(generator: ConditionalGenerator, weights: LossWeights, batch: Batch) -> Callable[[], Tensor]:
    """Give the training loss without the discriminator, on a fixed batch and from fixed frames before."""
    previous = previous_frames(generator, batch)

    def loss() -> Tensor:
        painted = generator(batch["maps"], previous)
        terms = reconstruction_losses(generator, weights, painted, painted.over(batch["plate"]), batch)
        return torch.stack(list(terms.values())).sum()

    return loss


def previous_frames(generator: ConditionalGenerator, batch: Batch) -> Tensor | None:
    """Give the generator's own pictures of the frames before, as training does; None where it reads none."""
    return paint_previous(generator, batch["maps_before"], batch["plate"], batch["has_previous"])
