"""A network that judges warped references: which is right at each pixel, where alpha errs, and what light lacks.

It never paints detail. Colours are the references' own; the network's votes choose among them, and a residual at an
eighth of the resolution adds shading. So no loss that prefers the mean can blur the person.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from motion_transfer.synthesis.candidates import Candidates, candidate_weights
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted
from motion_transfer.training.initialization import initialize
from motion_transfer.training.layers import make_activation, make_norm, to_channels_last

SHAPE = ("normal_x", "normal_y", "normal_z", "silhouette", "texture_r", "texture_g", "texture_b", "seen")
OF_CANDIDATE = 3 + 1 + 1 + 3  # colour, alpha, confidence, and difference from what confidence alone would paint
SHADE_LIMIT = 0.25  # of the residual, colours in [-1, 1]


class ReferenceJudge(ConditionalGenerator):
    """Judges all candidates with the same weights, so that any number of them in any order will do.

    Args:
        channels: names of the maps that are given.
        base_channels: at half of the resolution; twice as many below.
    """

    recurrent, judges, divisor = False, True, 16

    def __init__(self, *, channels: tuple[str, ...], base_channels: int, norm: str, activation: str) -> None:
        super().__init__()
        self.channels = tuple(channels)
        missing = [name for name in SHAPE if name not in channels]
        if missing:
            raise ValueError(
                f"expected maps of the body's surface, got none of {', '.join(missing)}; "
                "use condition=smpl, or synthesis/generator=unet"
            )
        self._shape = [self.channels.index(name) for name in SHAPE]
        wide = 2 * base_channels

        def block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
            convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)
            return nn.Sequential(convolution, make_norm(norm, outputs), make_activation(activation))

        # The body's surface is the same for all candidates: it is read once.
        self.candidate_to_half = nn.Conv2d(OF_CANDIDATE, base_channels, 4, stride=2, padding=1)
        self.shape_to_half = nn.Conv2d(len(SHAPE), base_channels, 4, stride=2, padding=1, bias=False)
        self.at_half = nn.Sequential(make_norm(norm, base_channels), make_activation(activation))
        self.to_quarter, self.to_eighth = block(base_channels, wide, 2), block(wide, wide, 2)
        self.to_sixteenth = block(wide, wide, 2)
        self.together = block(2 * wide, wide)
        self.up_eighth, self.up_quarter = block(3 * wide, wide), block(2 * wide, base_channels)
        self.up_half = block(2 * base_channels, base_channels)
        self.vote = nn.Conv2d(base_channels, 1, 1)
        self.edge = nn.Sequential(block(base_channels, base_channels), nn.Conv2d(base_channels, 1, 1))
        self.shade = nn.Sequential(block(wide, wide), nn.Conv2d(wide, 3, 1))
        initialize(self, scheme="kaiming", activation="leaky_relu" if activation == "leaky_relu" else "relu")
        for last in (self.vote, self.edge[-1], self.shade[-1]):
            for parameter in last.parameters():
                nn.init.zeros_(parameter)  # untrained, it leaves everything to the confidence
        to_channels_last(self)

    def forward(
        self,
        maps: Float[Tensor, "batch channel height width"],
        previous: Float[Tensor, "batch 3 height width"] | None = None,
        trust: Float[Tensor, "batch"] | None = None,
        candidates: Candidates | None = None,
    ) -> Painted:
        """Judge the candidates of one frame of each sequence in the batch; `trust` does not matter here."""
        if candidates is None:
            raise ValueError("expected candidates from reference frames, got none; learn the performer again")
        batch, count = candidates.confidence.shape[:2]
        untold = candidate_weights(candidates.confidence, torch.zeros_like(candidates.confidence))
        plain = (untold[:, :, None] * candidates.rgb).sum(1, keepdim=True)
        alpha, confidence = candidates.alpha[:, :, None], candidates.confidence[:, :, None]
        each = torch.cat([candidates.rgb, alpha, confidence, candidates.rgb - plain], 2)
        shape = self.shape_to_half(maps[:, self._shape]).repeat_interleave(count, 0)
        half = self.at_half(self.candidate_to_half(each.flatten(0, 1)) + shape)
        quarter = self.to_quarter(half)
        eighth = self.to_eighth(quarter)
        low = self.to_sixteenth(eighth)
        grouped = low.unflatten(0, (batch, count))
        shared = self.together(torch.cat([grouped.mean(1), grouped.amax(1)], 1))
        # Every candidate hears what the others show.
        joined = torch.cat([low, shared.repeat_interleave(count, 0)], 1)
        up = self.up_eighth(torch.cat([_twice(joined), eighth], 1))
        shade = self.shade(up.unflatten(0, (batch, count)).mean(1))
        up = self.up_quarter(torch.cat([_twice(up), quarter], 1))
        up = self.up_half(torch.cat([_twice(up), half], 1))
        votes = _twice(self.vote(up)).unflatten(0, (batch, count))[:, :, 0].float()
        weights = candidate_weights(candidates.confidence, votes.detach())
        weighted = (_halved(weights)[:, :, None] * up.unflatten(0, (batch, count))).sum(1)
        edge = torch.tanh(_twice(self.edge(weighted)).float())
        light = SHADE_LIMIT * torch.tanh(interpolate(shade.float(), scale_factor=8, mode="bilinear"))
        return self._joined(maps, candidates, weights, votes, edge, light)

    def _joined(
        self, maps: Tensor, candidates: Candidates, weights: Tensor, votes: Tensor, edge: Tensor, light: Tensor
    ) -> Painted:
        texture = torch.stack([maps[:, self.channels.index(f"texture_{c}")] for c in "rgb"], 1)
        covered = maps[:, self.channels.index("silhouette"), None]
        shown = weights.sum(1, keepdim=True)
        rgb = (weights[:, :, None] * candidates.rgb).sum(1) + (1 - shown) * texture
        alpha = (weights * candidates.alpha).sum(1, keepdim=True) + (1 - shown) * covered
        return Painted(
            rgb=(rgb + light).clamp(-1, 1),
            alpha=(alpha + edge).clamp(0, 1),
            blend=shown,
            votes=votes,
            edge=edge,
            light=light,
        )


def _twice(features: Tensor) -> Tensor:
    return interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)


def _halved(weights: Tensor) -> Tensor:
    return torch.nn.functional.avg_pool2d(weights, 2)
