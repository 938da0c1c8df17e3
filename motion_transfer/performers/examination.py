"""Performer, and the lesson it was taught from -> what the diagnostics of `motion_transfer.training` ask for."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.datasets.samples import Request, collate
from motion_transfer.domain.value import value
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.reenactment import STILL, Compared
from motion_transfer.performers.teaching import Lesson
from motion_transfer.rendering.crop_track import CropTrack, crop
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.synthesis.discriminator import PatchDiscriminator, judged_input
from motion_transfer.synthesis.generator import Generator
from motion_transfer.synthesis.module import LossWeights, reconstruction_terms
from motion_transfer.training.diagnostics.jacobian import jacobian_norms
from motion_transfer.training.diagnostics.margins import margins

Batch = dict[str, Tensor]
LOOKED_UP = ("u", "v", "texture_r", "texture_g", "texture_b", "seen")


@value
class Judged:
    """Margins of a discriminator on frames of one kind; negative where it takes the frame for the other kind.

    Attributes:
        real: of frames of the footage.
        painted: of the same frames as the generator paints them.
    """

    real: Float[Tensor, "frame"]
    painted: Float[Tensor, "frame"]

    @property
    def told(self) -> float:
        """The share that it tells rightly; 0.5 is a coin's."""
        return torch.cat([self.real, self.painted]).gt(0).double().mean().item()


class OwnFrames:
    """A performer in frames of its own registered motion, ready to be painted on the generator's device.

    Args:
        window: of the whole motion.
    """

    def __init__(self, performer: Performer, window: CropTrack) -> None:
        self.performer, self.window = performer, window
        facts = performer.facts
        self._renderer = make_map_renderer(facts.condition, performer.model)
        self._drawn = [i for i, name in enumerate(self._renderer.channels) if name not in LOOKED_UP]

    def paint(self, number: int) -> UInt8[np.ndarray, "height width 3"]:
        """The person's window of one frame."""
        maps, plate, previous, _ = self._condition(number)
        with torch.no_grad():
            picture = self.performer.generator(maps, previous).over(plate)[0]
        return ((picture.permute(1, 2, 0).cpu() + 1) * 127.5).round().clamp(0, 255).byte().numpy()

    def sensitivity(self, number: int, *, projections: int, draw: torch.Generator) -> Float[Tensor, ""]:
        """How much the picture of one frame changes with the maps that draw the body.

        The norm of the Jacobian of the picture, colours in [-1, 1], divided by the root of the covered pixels:
        otherwise it would tell how near the person stands. The maps that look up the texture are left out. One of
        their steps is a whole atlas wide, or passes through to the picture, and would outweigh all others.

        Args:
            number: of the frame in the motion.
            projections: random ones; each costs a backward pass.
            draw: on the CPU.
        """
        maps, plate, previous, covered_px = self._condition(number)
        drawn = torch.tensor(self._drawn, device=maps.device)

        def picture(given: Tensor) -> Tensor:
            return self.performer.generator(maps.index_copy(1, drawn, given), previous).over(plate)

        norm = jacobian_norms(picture, maps[:, drawn], projections=projections, generator=draw)[0]
        return norm.cpu() / max(covered_px, 1) ** 0.5

    def _condition(self, number: int) -> tuple[Tensor, Tensor, Tensor | None, int]:
        """Maps, plate, the frame before as painted (as training does it) and how many pixels the body covers."""
        performer, window, facts = self.performer, self.window, self.performer.facts
        generator, motion = performer.generator, facts.motion
        device = next(generator.parameters()).device
        posed = performer.body.posed(motion.pose[max(number - 1, 0) : number + 1])
        window_from_frame = window.window_from_frame(number)
        affine = torch.from_numpy(window_from_frame).float()[None].expand(len(posed.joints_m), -1, -1)
        rendered, fragments = self._renderer(
            posed, performer.texture, motion.shape.betas, facts.camera, affine, window.size
        )
        maps = rendered.values.to(device)
        behind = torch.from_numpy(crop(performer.plate.rgb, window_from_frame, window.size)).to(device)
        plate = behind.permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.no_grad():
            previous = generator(maps[:1]).over(plate) if number > 0 else None
        return maps[-1:], plate, previous, int(fragments.covered[-1].sum())


def held_out_places(lesson: Lesson, performer: Performer) -> list[int]:
    """Places of the footage that did not teach the generator."""
    taught = set(performer.facts.taught.tolist())
    return [place for place, number in enumerate(lesson.footage.numbers) if number not in taught]


def taught_places(lesson: Lesson, performer: Performer) -> list[int]:
    """Places of the footage that taught the generator."""
    held_out = set(held_out_places(lesson, performer))
    return [place for place in range(len(lesson.footage)) if place not in held_out]


def person_error(seen: Compared) -> float | None:
    """Root mean square error of the person, in grey levels; held objects are not asked for. None without a person."""
    asked = seen.person & ~seen.held
    if not asked.any():
        return None
    return float(np.sqrt(np.square(seen.painted[asked].astype(np.float64) - seen.truth[asked]).mean()))


def still_batch(lesson: Lesson, places: Sequence[int]) -> Batch:
    """The frames at these places as training samples, not augmented."""
    samples, width = lesson.samples(STILL), lesson.footage.window.size.width
    return collate([samples[Request(place, 0, width, False)] for place in places])


def reconstruction_loss(generator: Generator, weights: LossWeights, batch: Batch) -> Callable[[], Tensor]:
    """The loss of training without the discriminator, on a fixed batch and from fixed frames before."""
    previous = paint_before(generator, batch)

    def loss() -> Tensor:
        painted = generator(batch["maps"], previous)
        terms = reconstruction_terms(generator, weights, painted, painted.over(batch["plate"]), batch)
        return torch.stack(list(terms.values())).sum()

    return loss


@torch.no_grad()
def paint_before(generator: Generator, batch: Batch) -> Tensor | None:
    """The generator's own pictures of the frames before; black for those without one."""
    if not generator.previous:
        return None
    return generator(batch["maps_before"]).over(batch["plate"]) * batch["has_previous"].view(-1, 1, 1, 1)


def judge(
    discriminator: PatchDiscriminator, generator: Generator, real_label: float, groups: Sequence[Batch]
) -> list[Judged]:
    """Margins of the discriminator on real and painted frames of each group, over a common scale.

    Its verdict on a frame is the mean over patches and scales; least squares training (Mao et al. 2017) puts the
    decision halfway between 0, painted, and `real_label`.
    """
    batch = {name: torch.cat([group[name] for group in groups]) for name in groups[0]}
    previous = paint_before(generator, batch)
    with torch.no_grad():
        painted = generator(batch["maps"], previous).over(batch["plate"])
    twice = {name: torch.cat([batch[name]] * 2) for name in ("maps", "weight")}
    before = None if previous is None else torch.cat([previous] * 2)
    pictures = torch.cat([batch["rgb"], painted])

    def scores(given: Tensor) -> Tensor:
        verdicts = discriminator(judged_input(twice, generator.channels, before, given))
        verdict = torch.stack([features[-1].flatten(1).mean(1) for features in verdicts]).mean(0)
        return torch.stack([verdict - real_label / 2, real_label / 2 - verdict], 1)

    labels = torch.arange(len(pictures), device=pictures.device) // len(painted)  # 0 real, 1 painted
    real, fake = margins(scores, pictures, labels).cpu().split(len(painted))
    sizes = [len(group["rgb"]) for group in groups]
    return [Judged(real=r, painted=f) for r, f in zip(real.split(sizes), fake.split(sizes), strict=True)]
