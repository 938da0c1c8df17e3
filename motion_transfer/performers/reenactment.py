"""Let a performer do what the target was filmed doing, and compare: in the person's window, frame by frame."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8

from motion_transfer.datasets.samples import Augmentation, Request
from motion_transfer.domain.value import value
from motion_transfer.performers.teaching import TrainingSet
from motion_transfer.synthesis.compositor import Outline, bind, distance_px, without_haze
from motion_transfer.synthesis.generators.unet import UNetGenerator

STILL = Augmentation(
    turn_deg=0,
    zoom=0,
    shift=0,
    width_steps=0,
    cross_pose_fraction=0,
    cross_pose_turn_deg=0,
    previous_fraction=0,
    pose_noise_deg=0,
    photometric=None,
    geometric=None,
)
REACH_FRAMES, REACH_SHARE, LEAST_REACH_PX = 24, 0.995, 2.0


@value
class Compared:
    """One frame as painted and as filmed.

    Attributes:
        textured: the body with its baked texture over the plate, without any network.
        held: pixels of things that the performer is not asked to paint.
    """

    painted: UInt8[np.ndarray, "height width 3"]
    truth: UInt8[np.ndarray, "height width 3"]
    textured: UInt8[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]
    person: Bool[np.ndarray, "height width"]
    held: Bool[np.ndarray, "height width"]


@torch.no_grad()
def reenact(generator: UNetGenerator, lesson: TrainingSet, places: list[int], outline: Outline) -> Iterator[Compared]:
    """Paint these places of the footage in order, each from the output before."""
    samples = lesson.samples(STILL)
    previous: torch.Tensor | None = None
    for place in places:
        sample = samples[Request(place, 0, lesson.footage.window.size.width, False)]
        painted = generator(sample["maps"][None], previous)
        alpha = bind(painted.alpha, sample["covered"] > 0, outline) if has_body(lesson) else without_haze(painted.alpha)
        picture = alpha * painted.rgb + (1 - alpha) * sample["plate"]
        previous = picture
        inside = lesson.footage.valid(place, lesson.look.capture.camera.size)[..., None] > 0
        yield Compared(
            painted=_bytes(picture[0]) * inside,
            truth=np.array(lesson.footage.rgb[place]),
            textured=_bytes(_textured(sample, lesson)) * inside,
            alpha=alpha[0, 0].numpy(),
            person=lesson.alpha[place] > 127,
            held=~lesson.trusted[place],
        )


def measure_reach(lesson: TrainingSet, places: list[int]) -> float:
    """How far from the drawn body, in pixels of the window, all but a little of the person was seen at these places."""
    samples = lesson.samples(STILL)
    apart = []
    for place in places[:: max(1, len(places) // REACH_FRAMES)]:
        covered = samples[Request(place, 0, lesson.footage.window.size.width, False)]["covered"][0].numpy() > 0
        person = (lesson.alpha[place] > 127) & lesson.trusted[place]
        apart.append(distance_px(covered)[person])
    found = np.concatenate(apart) if apart else np.zeros(0)
    return max(float(np.quantile(found, REACH_SHARE)), LEAST_REACH_PX) if len(found) else LEAST_REACH_PX


def has_body(lesson: TrainingSet) -> bool:
    """Whether the generator sees the body rather than a stick figure."""
    return lesson.condition != "stick"


def _textured(sample: dict[str, torch.Tensor], lesson: TrainingSet) -> torch.Tensor:
    channels = lesson.renderer().channels
    if "texture_r" not in channels:
        return sample["plate"]
    texture = sample["maps"][[channels.index(f"texture_{c}") for c in "rgb"]]
    return torch.where(sample["covered"] > 0, texture, sample["plate"])


def _bytes(picture: torch.Tensor) -> UInt8[np.ndarray, "height width 3"]:
    return ((picture.permute(1, 2, 0) + 1) * 127.5).round().clamp(0, 255).byte().numpy()
