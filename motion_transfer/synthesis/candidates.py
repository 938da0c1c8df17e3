"""Candidates: a frame as each reference would show it, for the network that judges them."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.domain.value import value

CONFIDENCE_POWER = 3.0  # how clearly the more confident candidate wins where the network finds both right
VOTE_STRENGTH = 1.5  # of a vote beside the confidence
VOTE_RANGE = -6.0, 3.0  # so that no vote drowns the geometry
BENEFIT = 2.0  # of the doubt: a candidate stays before the texture unless the vote against it is clear
LEAST_CONFIDENCE = 0.002  # of a candidate that stands before the texture


@value
class Candidates:
    """Warped references in a window.

    Attributes:
        rgb: colours in [-1, 1].
        alpha: in [0, 1].
        confidence: how much geometry believes each; 0 where a reference does not show the point.
    """

    rgb: Float[Tensor, "batch candidate 3 height width"]
    alpha: Float[Tensor, "batch candidate height width"]
    confidence: Float[Tensor, "batch candidate height width"]


def candidates_of(batch: Mapping[str, Tensor]) -> Candidates | None:
    """The candidates among the tensors of a batch; None where it has none."""
    if "candidate_rgb" not in batch:
        return None
    return Candidates(
        rgb=batch["candidate_rgb"], alpha=batch["candidate_alpha"], confidence=batch["candidate_confidence"]
    )


def candidate_weights(
    confidence: Float[Tensor, "*batch candidate height width"], votes: Float[Tensor, "*batch candidate height width"]
) -> Float[Tensor, "*batch candidate height width"]:
    """Weight of each candidate: softmax(p log confidence + s clamped vote); 0 where none is believed.

    Geometry proposes, and the network says of each candidate and pixel whether it is right. What it holds for wrong
    loses its confidence, and where that leaves none the texture stands in.
    """
    logit = CONFIDENCE_POWER * confidence.clamp(min=1e-6).log() + VOTE_STRENGTH * votes.clamp(*VOTE_RANGE)
    shown = confidence > 0
    weights = torch.softmax(logit.masked_fill(~shown, -torch.inf), -3).nan_to_num(0.0)
    believed = (confidence * torch.sigmoid(votes + BENEFIT)).amax(-3, keepdim=True) > LEAST_CONFIDENCE
    return weights * believed
