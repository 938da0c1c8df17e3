"""How much a network's picture changes with its maps: a difference finds the norm that derivatives give."""

import math

import pytest
import torch
from small_generator import small_generator

from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.candidates import Candidates
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted
from motion_transfer.synthesis.generators.reference_judge import ReferenceJudge
from motion_transfer.synthesis.rollout import Conditioned
from motion_transfer.synthesis.sensitivity import LOOKED_UP, SensitivityProbe
from motion_transfer.training.diagnostics.jacobian import jacobian_norms

SIZE = 32
CPU = torch.device("cpu")


def frame(*, candidates: Candidates | None = None, covered: bool = True) -> Conditioned:
    draw = torch.Generator().manual_seed(0)
    return Conditioned(
        maps=torch.rand(1, len(SMPL_CHANNELS), SIZE, SIZE, generator=draw),
        covered=torch.full((1, SIZE, SIZE), covered),
        plate=torch.zeros(1, 3, SIZE, SIZE),
        trust=torch.ones(1),
        candidates=candidates,
    )


class Tripled(ConditionalGenerator):
    """Paints three times the sum of all its maps."""

    recurrent, divisor, channels = False, 1, SMPL_CHANNELS

    def forward(self, maps: torch.Tensor, previous: torch.Tensor | None = None, trust: object = None) -> Painted:
        rgb = 3 * maps.sum(1, keepdim=True).expand(-1, 3, -1, -1)
        return Painted(rgb=rgb, alpha=torch.ones_like(rgb[:, :1]), blend=torch.ones_like(rgb[:, :1]))


def test_of_a_linear_network_it_is_the_norm_of_its_matrix() -> None:
    drawn = len(SMPL_CHANNELS) - len(set(LOOKED_UP) & set(SMPL_CHANNELS))
    found = SensitivityProbe(Tripled(), CPU)(frame(), None, 0)
    assert found == pytest.approx(3 * math.sqrt(3 * drawn), rel=0.1)


@pytest.mark.slow
def test_of_a_unet_it_is_what_derivatives_give() -> None:
    generator, given = small_generator().eval(), frame()
    drawn = torch.tensor([index for index, name in enumerate(SMPL_CHANNELS) if name not in LOOKED_UP])

    def picture(values: torch.Tensor) -> torch.Tensor:
        return generator(given.maps.index_copy(1, drawn, values), None).over(given.plate)

    draw = torch.Generator().manual_seed(1)
    true = float(jacobian_norms(picture, given.maps[:, drawn], projections=60, generator=draw)[0]) / SIZE
    probe = SensitivityProbe(generator, CPU)
    found = sum(probe(given, None, seed) for seed in range(20)) / 20
    assert found == pytest.approx(true, rel=0.15)


def test_a_judge_reacts_through_its_choice_also_where_that_has_no_gradient() -> None:
    torch.manual_seed(0)
    judge = ReferenceJudge(channels=SMPL_CHANNELS, base_channels=4, norm="none", activation="leaky_relu")
    rgb = torch.stack([torch.full((3, SIZE, SIZE), level) for level in (-0.8, 0.8)])[None]
    seen = torch.ones(1, 2, SIZE, SIZE)
    given = frame(candidates=Candidates(rgb=rgb, alpha=seen, confidence=0.5 * seen))
    untrained = SensitivityProbe(judge, CPU)(given, None, 0)
    torch.nn.init.normal_(judge.vote.weight, std=3.0)
    assert SensitivityProbe(judge, CPU)(given, None, 0) > 2 * untrained


def test_without_a_body_there_is_none() -> None:
    assert math.isnan(SensitivityProbe(Tripled(), CPU)(frame(covered=False), None, 0))
