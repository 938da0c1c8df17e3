"""The autoregressive rollout: conditioned frames in order -> colour and alpha, each from the output before.

The one way in which anything is painted: results, validation during training, and every score.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.domain.value import value
from motion_transfer.synthesis.candidates import Candidates
from motion_transfer.synthesis.compositor import AlphaBounds, constrain_alpha, dilate_colours, stretch_alpha
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted
from motion_transfer.synthesis.refiners.part_refiner import PartRefiner

NetworkT = TypeVar("NetworkT", bound=torch.nn.Module)


@value
class Conditioned:
    """One frame as the generator reads it.

    Attributes:
        maps: of the crop.
        covered: where the body is; None where the maps do not show a body.
        plate: the background in the crop, colours in [-1, 1].
        trust: in [0, 1], how far the network's own colours may replace the texture's.
        candidates: the frame as each reference would show it, for a network that judges them.
    """

    maps: Float[Tensor, "1 channel height width"]
    covered: Bool[Tensor, "1 height width"] | None
    plate: Float[Tensor, "1 3 height width"]
    trust: Float[Tensor, "1"]
    candidates: Candidates | None = None


def part_of(frame: Conditioned, span: tuple[slice, slice]) -> Conditioned:
    """Some rows and columns of a frame without candidates."""
    rows, columns = span
    return Conditioned(
        maps=frame.maps[..., rows, columns],
        covered=None if frame.covered is None else frame.covered[..., rows, columns],
        plate=frame.plate[..., rows, columns],
        trust=frame.trust,
    )


@value
class PaintedFrame:
    """The person of one frame in the crop, colours in [-1, 1]."""

    rgb: Float[Tensor, "1 3 height width"]
    alpha: Float[Tensor, "1 1 height width"]

    def over(self, plate: Float[Tensor, "1 3 height width"]) -> Float[Tensor, "1 3 height width"]:
        """The person before a background."""
        return self.alpha * self.rgb + (1 - self.alpha) * plate


def rollout(
    generator: ConditionalGenerator, frames: Iterable[Conditioned], bounds: AlphaBounds, device: torch.device
) -> Iterator[PaintedFrame]:
    """Paint frames in order; the first one has no output before it.

    Args:
        generator: on any device; a copy of it paints.
        bounds: how alpha follows the body, where the maps show one.
    """
    ready = ready_for_use(generator, device)
    previous: Tensor | None = None
    for frame in frames:
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=computes_in_bfloat16(device)):
            painted = ready(frame.maps.to(device), previous, frame.trust.to(device))
        alpha, rgb = painted.alpha.cpu(), painted.rgb.cpu()
        if frame.covered is None:
            alpha = stretch_alpha(alpha)
        else:
            alpha = constrain_alpha(alpha, frame.covered, bounds)
            rgb = dilate_colours(rgb, frame.covered, frame.trust)
        finished = PaintedFrame(rgb=rgb, alpha=alpha)
        previous = finished.over(frame.plate).to(device)
        yield finished


def judge(generator: ConditionalGenerator, frames: Iterable[Conditioned], device: torch.device) -> Iterator[Painted]:
    """Let a network judge the candidates of every frame; its output comes back on the CPU."""
    ready = ready_for_use(generator, device)
    for frame in frames:
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=computes_in_bfloat16(device)):
            painted = ready(
                frame.maps.to(device), None, frame.trust.to(device), candidates=candidates_on(frame.candidates, device)
            )
        yield Painted(
            rgb=painted.rgb.float().cpu(),
            alpha=painted.alpha.float().cpu(),
            blend=painted.blend.float().cpu(),
            votes=None if painted.votes is None else painted.votes.float().cpu(),
            edge=None if painted.edge is None else painted.edge.float().cpu(),
            light=None if painted.light is None else painted.light.float().cpu(),
        )


def refine(
    ready: PartRefiner,
    picture: Float[Tensor, "1 3 side side"],
    condition: Float[Tensor, "1 channel side side"],
    device: torch.device,
) -> Float[Tensor, "1 3 side side"]:
    """What a refiner adds to the colours of a square of a finished frame, on the CPU.

    Args:
        ready: of `ready_for_use`.
        picture: colours in [-1, 1].
    """
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=computes_in_bfloat16(device)):
        return ready(picture.to(device), condition.to(device)).float().cpu()


def candidates_on(candidates: Candidates | None, device: torch.device) -> Candidates | None:
    """The candidates on another device."""
    if candidates is None:
        return None
    rgb, alpha, confidence = (part.to(device) for part in (candidates.rgb, candidates.alpha, candidates.confidence))
    return Candidates(rgb=rgb, alpha=alpha, confidence=confidence)


def ready_for_use(generator: NetworkT, device: torch.device) -> NetworkT:
    """A copy for painting; its convolutions have the precision that they compute in, so that no frame converts them."""
    ready = copy.deepcopy(generator).to(device).eval()
    if computes_in_bfloat16(device):
        for module in ready.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.bfloat16()
    return ready


def computes_in_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 numbers faster than float32 ones."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    supported: Callable[[], bool] = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(supported())
