"""A stored generator names its class; only classes that are known or allowed are ever built."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_generator import small_generator
from torch import Tensor, nn

from motion_transfer.files.records import save_record
from motion_transfer.rendering.stick_maps import STICK_CHANNELS
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator, Painted, paint_previous
from motion_transfer.synthesis.generators.generator_file import (
    StoredGenerator,
    load_generator,
    read_weights,
    save_generator,
)
from motion_transfer.synthesis.generators.registry import GeneratorSpec, build_generator, generator_spec, target_name
from motion_transfer.synthesis.generators.unet import UNetGenerator

SETTINGS = {
    "base_channels": 8,
    "max_channels": 16,
    "levels": 2,
    "norm": "instance",
    "activation": "leaky_relu",
    "dropout": 0.0,
    "texture_channels": 4,
    "texture_px": 16,
    "recurrent": True,
}


class OneColour(ConditionalGenerator):
    """A generator of the user's own: one colour everywhere."""

    def __init__(self, channels: tuple[str, ...], *, recurrent: bool) -> None:
        super().__init__()
        self.channels, self.recurrent, self.divisor = channels, recurrent, 1
        self.colour = nn.Parameter(torch.tensor([0.5, -0.5, 0.0]))

    def forward(self, maps: Tensor, previous: Tensor | None = None, trust: Tensor | None = None) -> Painted:
        ones = torch.ones(len(maps), 1, *maps.shape[2:])
        rgb = self.colour.view(3, 1, 1).expand(len(maps), 3, *maps.shape[2:])
        return Painted(rgb=rgb, alpha=ones, blend=ones)


def test_a_stored_generator_paints_as_before(tmp_path: Path) -> None:
    generator = small_generator(STICK_CHANNELS)
    spec = generator_spec(partial(UNetGenerator, **SETTINGS), STICK_CHANNELS)
    save_generator(tmp_path / "generator.npz", generator, spec)
    loaded, maps = load_generator(tmp_path / "generator.npz"), torch.rand(1, len(STICK_CHANNELS), 16, 16)
    assert not loaded.training
    assert torch.equal(loaded(maps).rgb, generator.eval()(maps).rgb)
    assert set(read_weights(tmp_path / "generator.npz")) == set(generator.state_dict())


def test_a_class_of_the_users_own_is_built_where_it_is_allowed_and_refused_elsewhere(tmp_path: Path) -> None:
    make = partial(OneColour, recurrent=False)
    spec = generator_spec(make, ("u",))
    save_generator(tmp_path / "generator.npz", make(channels=("u",)), spec)
    with pytest.raises(ValueError, match=r"expected a generator among .*UNetGenerator.*, got .*OneColour; ") as refused:
        load_generator(tmp_path / "generator.npz")
    assert "\n" not in str(refused.value)
    for allowed in (OneColour, make):
        assert isinstance(load_generator(tmp_path / "generator.npz", (allowed,)), OneColour)


def test_no_name_in_a_file_makes_anything_be_called() -> None:
    with pytest.raises(ValueError, match=r"got os\.system; "):
        build_generator(GeneratorSpec(target="os.system", channels=(), settings={}))


def test_settings_that_a_class_does_not_take_and_those_that_no_file_holds_are_refused() -> None:
    spec = generator_spec(partial(UNetGenerator, **SETTINGS, colour="red"), STICK_CHANNELS)
    with pytest.raises(ValueError, match=r"expected settings that .*UNetGenerator takes, got .*colour"):
        build_generator(spec)
    with pytest.raises(ValueError, match="expected plain settings"):
        generator_spec(partial(UNetGenerator, norm=nn.InstanceNorm2d), STICK_CHANNELS)


def test_a_file_of_another_version_is_named_in_one_line(tmp_path: Path) -> None:
    torch.save({"architecture": {}, "weights": {}}, tmp_path / "generator.npz")
    with pytest.raises(ValueError, match=r"expected a stored StoredGenerator, got .* delete it") as refused:
        load_generator(tmp_path / "generator.npz")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "weights", "part"),
    [
        ({"levels": 10**7}, {}, "levels"),
        ({"base_channels": 10**6, "max_channels": 10**6}, {}, "expected weights of the shapes"),
        ({"base_channels": -1}, {}, "generator of the class"),
        ({"levels": "many"}, {}, "generator of the class"),
        ({}, {"more": torch.zeros(1)}, "expected weights of the shapes .* got others in more"),
    ],
)
def test_a_file_that_asks_for_more_than_its_weights_is_refused_at_once(
    settings: dict[str, Any], weights: dict[str, Tensor], part: str, tmp_path: Path
) -> None:
    generator = small_generator(STICK_CHANNELS)
    path = tmp_path / "generator.npz"
    target = target_name(UNetGenerator)
    stored = StoredGenerator(
        target=target, channels=STICK_CHANNELS, settings=SETTINGS | settings, weights=generator.state_dict() | weights
    )
    save_record(path, stored)
    with pytest.raises(ValueError, match=part) as refused:
        load_generator(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_neither_written_nor_read(number: float, tmp_path: Path) -> None:
    generator = small_generator(STICK_CHANNELS)
    spec = generator_spec(partial(UNetGenerator, **SETTINGS), STICK_CHANNELS)
    path = tmp_path / "generator.npz"
    save_generator(path, generator, spec)
    arrays = dict(np.load(path))
    name = next(name for name, array in arrays.items() if array.dtype == np.float32)
    arrays[name].flat[-1] = number
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="expected finite weights"):
        load_generator(path)
    next(generator.parameters()).data.view(-1)[0] = number
    with pytest.raises(ValueError, match="expected finite weights"):
        save_generator(tmp_path / "new.npz", generator, spec)
    assert not (tmp_path / "new.npz").exists()


def test_a_changed_bit_of_a_weight_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "generator.npz"
    save_generator(
        path, small_generator(STICK_CHANNELS), generator_spec(partial(UNetGenerator, **SETTINGS), STICK_CHANNELS)
    )
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="CRC"):
        load_generator(path)


def test_frames_before_are_painted_only_where_they_are_read() -> None:
    maps, plate = torch.zeros(2, 1, 4, 4), torch.zeros(2, 3, 4, 4)
    painted = paint_previous(OneColour(("u",), recurrent=True), maps, plate, torch.tensor([1.0, 0.0]))
    assert painted is not None
    assert torch.equal(painted[0], torch.tensor([0.5, -0.5, 0.0]).view(3, 1, 1).expand(3, 4, 4))
    assert not painted[1].any()
    assert not painted.requires_grad
    assert paint_previous(OneColour(("u",), recurrent=False), maps, plate, torch.ones(2)) is None
    assert paint_previous(OneColour(("u",), recurrent=True), maps, plate, torch.zeros(2)) is None
