"""True landmarks -> landmarks as a detector would give them: shaky, swapped between sides, wrong, missing."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

SPREADS = (0.004, 0.05)  # crop units, of a good and of a poor detector
HIDDEN_SPREADS = 4.0  # that hidden landmarks err by
WRONG, WRONG_BY = 0.02, 0.3  # share of landmarks that lie elsewhere, and usual distance, crop units
SWAPPED_ALL, SWAPPED_HALF = 0.04, 0.08  # shares of the views whose sides, or whose arms or legs alone, are exchanged
LOSSY, LOST = 0.3, 0.4  # share of the views with missing landmarks, and at most the share of their landmarks
FIRST_OF_LEGS = 23  # in the detector's order


def noisy_landmarks(
    true: Float[Tensor, "view landmark 2"],
    visible: Bool[Tensor, "view landmark"],
    mirror: list[int],
    generator: torch.Generator,
    *,
    given: float,
) -> Float[Tensor, "view landmark 3"]:
    """x and y in crop units, and the confidence; all 0 where there is none.

    Args:
        mirror: the partner of each landmark on the other side.
        given: share of the views that have landmarks at all.
    """
    count, landmarks = visible.shape

    def random(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=true.device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=true.device)

    low, high = (torch.tensor(edge, device=true.device).log() for edge in SPREADS)
    spread = torch.exp(low + (high - low) * random(count, 1, 1))
    wrong = random(count, landmarks) < WRONG
    spread = spread * torch.where(visible, 1.0, HIDDEN_SPREADS)[..., None]
    at = (
        true.clamp(-3, 3)
        + spread * normal(count, landmarks, 2)
        + wrong[..., None] * WRONG_BY * normal(count, landmarks, 2)
    )
    kind = random(count, 1)
    arms = torch.arange(landmarks, device=true.device) < FIRST_OF_LEGS
    swapped = (kind < SWAPPED_ALL) | ((kind < SWAPPED_ALL + SWAPPED_HALF) & (arms == (random(count, 1) < 0.5)))
    at = torch.where(swapped[..., None], at[:, mirror], at)
    confidence = torch.where(visible, 0.6 + 0.4 * random(count, landmarks), 0.7 * random(count, landmarks))
    confidence = confidence * torch.where(wrong, random(count, landmarks), 1.0)
    lost = random(count, landmarks) < LOST * random(count, 1) * (random(count, 1) < LOSSY)
    kept = ~lost & (random(count, 1) < given)
    return torch.cat([at, confidence[..., None]], -1) * kept[..., None]
