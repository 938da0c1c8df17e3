"""A generator and a discriminator of one's own: one class and one file each, from training to the stored performer."""

from pathlib import Path

import pytest
import torch
from small_footage import small_footage
from torch import Tensor, nn

from motion_transfer.assembly import assemble_from
from motion_transfer.body.model import BodyModel
from motion_transfer.performers.storage import load_performer, save_performer
from motion_transfer.synthesis.discriminators.conditional import ConditionalDiscriminator
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted
from motion_transfer.synthesis.training import TrainingHooks

pytestmark = pytest.mark.filterwarnings("ignore")
judged: list[float] = []


class OneColour(ConditionalGenerator):
    """Paints the whole crop in one colour that it learns."""

    recurrent, divisor = False, 8

    def __init__(self, *, channels: tuple[str, ...], start: float) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.colour = nn.Parameter(torch.full((3, 1, 1), start))

    def forward(self, maps: Tensor, previous: Tensor | None = None, trust: Tensor | None = None) -> Painted:
        ones = torch.ones(len(maps), 1, *maps.shape[2:], device=maps.device)
        return Painted(rgb=self.colour * ones.expand(-1, 3, -1, -1), alpha=ones, blend=ones)


class OneScore(ConditionalDiscriminator):
    """Judges each pixel by itself."""

    def __init__(self, inputs: int, *, strictness: float) -> None:
        super().__init__()
        self.layer, self.strictness = nn.Conv2d(inputs, 1, 1), strictness

    def forward(self, picture: Tensor) -> list[list[Tensor]]:
        judged.append(self.strictness)
        return [[picture, self.strictness * self.layer(picture)]]


@pytest.mark.slow
def test_they_are_trained_rendered_stored_and_read_again(tiny_body: BodyModel, tmp_path: Path) -> None:
    for kind, content in (
        ("generator", f"_target_: {__name__}.OneColour\n_partial_: true\nstart: 0.25\n"),
        ("discriminator", f"_target_: {__name__}.OneScore\n_partial_: true\nstrictness: 0.5\n"),
    ):
        folder = tmp_path / "mine" / "synthesis" / kind
        folder.mkdir(parents=True)
        (folder / "own.yaml").write_text(content)
    made = assemble_from(
        *("synthesis/generator=own", "synthesis/discriminator=own", "body=tiny", "device=cpu", "minutes=0.005"),
        *("training.workers=0", "training.objective.adversarial.start=0", f"work_dir={tmp_path / 'work'}"),
        config_dir=tmp_path / "mine",
    )
    learner = made.stages.learner.stage
    hooks = TrainingHooks(advance=lambda _: None, preview=lambda _: None, should_finish=lambda: False)
    judged.clear()
    performer, trained = learner(small_footage(tiny_body), None, tmp_path / "training", hooks)
    assert isinstance(performer.generator, OneColour)
    assert set(judged) == {0.5}
    assert not torch.equal(performer.generator.colour.detach(), torch.full((3, 1, 1), 0.25))
    frame = next(iter(made.stages.synthesizer(performer, performer.facts.motion)))
    assert frame.alpha.max() > 0.9
    save_performer(tmp_path / "performer", performer, trained.spec, {})
    again = learner.load(tmp_path / "performer").generator
    assert isinstance(again, OneColour)
    assert torch.equal(again.colour, performer.generator.colour)
    with pytest.raises(ValueError, match=r"expected a generator among .*UNetGenerator.*, got .*OneColour"):
        load_performer(tmp_path / "performer")
