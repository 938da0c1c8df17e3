"""The adversarial terms: least squares GAN (Mao et al. 2017) with feature matching (Wang et al. 2018)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.synthesis.discriminators.conditional import Features
from motion_transfer.training.regularization import smooth_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Adversarial:
    """When the discriminator joins the training, and how it is regularized.

    Attributes:
        start: fraction of the training after which it joins; 1 for never.
        label_smoothing: how far below 1 its target for filmed frames lies.
        two_frame: whether it sees the maps of the frame before as well, and filmed frames behind filmed ones.
        r1: weight of its squared gradient at filmed frames, per patch (Mescheder et al. 2018); 0 for none.

    Raises:
        ValueError: a setting is out of its range.
    """

    start: float
    label_smoothing: float
    r1: float
    two_frame: bool

    def __post_init__(self) -> None:
        if not 0 <= self.start <= 1:
            raise ValueError(f"expected adversarial.start in [0, 1], got {self.start}; 1 trains without discriminator")
        if self.r1 < 0:
            raise ValueError(f"expected a weight r1 of at least 0, got {self.r1}; 0 turns it off")
        self.real_label()

    def real_label(self) -> float:
        """Give the discriminator's target for filmed frames."""
        return smooth_labels(torch.ones(()), amount=self.label_smoothing).item()


def lsgan_loss(features: Features, target: float) -> Float[Tensor, ""]:
    """Squared distance of the patch scores from `target` (Mao et al. 2017, eq. 2), mean over patches, then scales."""
    return torch.stack([((scale[-1].float() - target) ** 2).mean() for scale in features]).mean()


def patch_scores(features: Features) -> Float[Tensor, "batch patch"]:
    """Join the patch scores of all scales."""
    return torch.cat([scale[-1].float().flatten(1) for scale in features], 1)


def feature_matching_loss(painted: Features, filmed: Features) -> Float[Tensor, ""]:
    """Mean absolute difference of the inner features (Wang et al. 2018, eq. 3); `filmed` gets no gradient."""
    terms = [
        (a.float() - b.float().detach()).abs().mean()
        for scale_of_painted, scale_of_filmed in zip(painted, filmed, strict=True)
        for a, b in zip(scale_of_painted[:-1], scale_of_filmed[:-1], strict=True)
    ]
    return torch.stack(terms).mean()
