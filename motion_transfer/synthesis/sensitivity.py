"""How much a network's picture changes with the maps that draw the body: the norm of its Jacobian, while it paints.

With noise v of independent normal numbers, `E |J v|^2 = |J|_F^2` (Hutchinson 1990). J v is taken as a difference:
a network that chooses among candidates has no gradient of its choice. It costs two pictures, and no backward pass.
"""

import copy

import torch
from torch import Tensor

from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.rollout import Conditioned, candidates_on

# One step of these is a whole atlas wide, or passes through to the picture, and would outweigh all others.
LOOKED_UP = ("u", "v", "texture_r", "texture_g", "texture_b", "seen")
STEP = 0.01  # standard deviation of the noise; maps are of the order of 1


class SensitivityProbe:
    """Measures a network in frames that it has just painted.

    Args:
        generator: on any device; a copy of it is asked.
    """

    def __init__(self, generator: ConditionalGenerator, device: torch.device) -> None:
        self._network, self._device = copy.deepcopy(generator).to(device).eval(), device
        self._drawn = [index for index, name in enumerate(generator.channels) if name not in LOOKED_UP]

    @torch.no_grad()
    def __call__(self, frame: Conditioned, previous: Tensor | None, seed: int) -> float:
        """The norm of the Jacobian of one picture, colours in [-1, 1], per root pixel of the body.

        Args:
            previous: the composited picture before it; None at the start, and for a network that reads none.
            seed: of the noise.

        Returns:
            NaN where the maps show no body.
        """
        pixels = 0 if frame.covered is None else int(frame.covered.sum())
        if not pixels or not self._drawn:
            return float("nan")
        noise = torch.zeros_like(frame.maps)
        drawn = torch.randn(noise[:, self._drawn].shape, generator=torch.Generator().manual_seed(seed))
        noise[:, self._drawn] = STEP * drawn
        change = self._picture(frame, frame.maps + noise, previous) - self._picture(frame, frame.maps, previous)
        return float(change.double().square().sum().sqrt()) / STEP / pixels**0.5

    def _picture(self, frame: Conditioned, maps: Tensor, previous: Tensor | None) -> Tensor:
        device, before = self._device, None if previous is None else previous.to(self._device)
        given = {} if frame.candidates is None else {"candidates": candidates_on(frame.candidates, device)}
        painted = self._network(maps.to(device), before, frame.trust.to(device), **given)
        return painted.over(frame.plate.to(device))
