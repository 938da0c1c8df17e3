"""Every numeric setting takes the numbers that make sense for it, and refuses the others by its name."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from composed_configs import CONFIGS, composed
from omegaconf import DictConfig, OmegaConf

from motion_transfer.assembly import assemble
from motion_transfer.commands.diagnose import measurements
from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.compose import compose
from motion_transfer.configuration.composition import compose_files
from motion_transfer.configuration.setting_ranges import ANY, RANGES, check_settings, numeric_settings, range_of

WRONG = (math.nan, math.inf, -math.inf, -1, 0)
FREE = ("low", "high")  # of a box: any numbers
CHAIN = ("body=tiny", "device=cpu")
AT_ONCE = 12


def plain(config: DictConfig) -> dict[str, Any]:
    return cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))


def option_files() -> Iterator[tuple[str, str]]:
    """Every option of every group, with the place that it has in a composed configuration."""
    for path in sorted(CONFIGS.rglob("*.yaml")):
        group = path.relative_to(CONFIGS).parent.as_posix()
        if group not in (".", "preset", "synthetic"):
            yield group, path.stem


@pytest.mark.slow
def test_every_numeric_setting_has_a_range_that_its_value_lies_in() -> None:
    seen = set()
    for group, option in option_files():
        content = OmegaConf.to_container(OmegaConf.load(CONFIGS / group / f"{option}.yaml"), resolve=False)
        place = {"training/schedule": "training.schedule", "fitting/weights": "fitting.weights"}.get(group, option)
        for name, number, allowed in numeric_settings(content, place):
            seen.add(name)
            assert allowed is not ANY or name.endswith(FREE), f"{name} of {group}/{option}.yaml has no range"
            assert number in allowed, name
    for command in COMMANDS:
        for name, number, allowed in numeric_settings(OmegaConf.to_container(compose_files(command, ()))):
            seen.add(name)
            assert allowed is not ANY or name.endswith(FREE), f"{name} of {command} has no range"
            assert number in allowed, name
    assert len(seen) > 150


def test_every_name_with_a_range_is_one_of_a_setting() -> None:
    text = "\n".join(path.read_text() for path in CONFIGS.rglob("*.yaml"))
    assert not [name for name in RANGES if f"{name.rpartition('.')[2].removesuffix('[]')}:" not in text]


@pytest.mark.slow
@pytest.mark.parametrize("command", [*COMMANDS])
def test_nan_and_infinity_are_refused_everywhere_by_the_name_of_the_setting(command: str) -> None:
    settings, shared = plain(composed(command)), {} if command == "transfer" else plain(composed("transfer"))
    for group in settings.keys() - shared.keys():
        for name, _, _ in numeric_settings({group: settings[group]}):
            for number in WRONG[:3]:
                with pytest.raises(ValueError, match=f"={number}; correct it") as refused:
                    check_settings(changed({group: settings[group]}, name, number))
                assert str(refused.value).startswith(f"expected {name} to be ")


def changed(settings: dict[str, Any], name: str, number: float) -> dict[str, Any]:
    """The settings with one number replaced; what does not lead to it is shared."""
    new: Any = dict(settings)
    at: Any = new
    parts = [part for key in name.split(".") for part in steps(key)]
    for part in parts[:-1]:
        at[part] = copy.copy(at[part])
        at = at[part]
    at[parts[-1]] = number
    return new


def steps(key: str) -> list[Any]:
    word, *indices = key.replace("]", "").split("[")
    return [word, *map(int, indices)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param((), marks=pytest.mark.soak),
        ("synthesis/generator=unet", "minutes=1", "registration/inpainter=deep_image_prior"),
    ],
)
def test_numbers_that_are_taken_make_stages_and_all_others_are_refused_by_the_name_of_the_setting(
    overrides: tuple[str, ...], tmp_path: Path
) -> None:
    """Sweep -1 and 0 through every numeric setting of the chain."""
    settings = plain(composed("transfer", *CHAIN, *overrides, f"work_dir={tmp_path}"))
    taken: list[tuple[str, float]] = []
    for name, usual, allowed in numeric_settings(settings):
        for number in (type(usual)(-1), type(usual)(0)):
            if number in allowed:
                taken.append((name, number))
                continue
            with pytest.raises(ValueError, match="got") as refused:
                check_settings(changed(settings, name, number))
            assert str(refused.value).startswith(f"expected {name} to be ")
    together = [one for one in taken if one[0] not in ("minutes", "training.minutes")]
    assert len(together) > 50
    for first in range(AT_ONCE):  # far apart in the list, as neighbours may depend on each other
        new = settings
        for name, number in together[first::AT_ONCE]:
            new = changed(new, name, number)
        assemble(OmegaConf.create(new))


@pytest.mark.slow
def test_no_time_for_training_is_refused_where_the_generator_has_to_learn(tmp_path: Path) -> None:
    given = (*CHAIN, f"work_dir={tmp_path}", "minutes=0")
    assemble(composed("transfer", *given))
    with pytest.raises(ValueError, match="got minutes=0"):
        assemble(composed("transfer", *given, "synthesis/generator=unet"))


@pytest.mark.slow
def test_wrong_numbers_of_diagnose_are_refused_and_others_make_its_measurements() -> None:
    settings = plain(composed("diagnose"))
    own = {"sensitivity", "patch_statistics", "sharpness", "weight_averaging", "discriminator_margins"}
    own |= {"snapshot_ensemble", "channel_pruning"}
    for name, _, allowed in list(numeric_settings({key: settings[key] for key in own})):
        for number in (-1, 0):
            new = changed(settings, name, number)
            if number in allowed:
                measurements(OmegaConf.create(new))
            else:
                with pytest.raises(ValueError, match="got"):
                    check_settings(new)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("minutes=nan", "expected minutes to be a number of at least 0 and up to 100000, got minutes=nan"),
        ("training.batch=0", "expected training.batch to be a whole number of at least 1"),
        ("training.batch=1.5", "expected training.batch to be a whole number of at least 1"),
        ("training.workers=-1", "got training.workers=-1"),
        ("registration.crop.margin=inf", "expected registration.crop.margin to be "),
        ("training.optimizer.betas=[0.5,1.0]", "got training.optimizer.betas[1]=1.0"),
        ("facing=nan", "got facing=nan"),
    ],
)
def test_the_command_line_names_the_setting_that_was_given(override: str, said: str) -> None:
    with pytest.raises(ValueError, match="expected ") as refused:
        compose("transfer", ["source=a.mp4", override])
    assert said in str(refused.value)


def test_a_class_of_the_users_own_may_take_any_finite_numbers() -> None:
    settings = {"landmarks": {"_target_": "mine.Detector", "fraction": 3.0, "batch": -2.5}}
    check_settings(settings)
    with pytest.raises(ValueError, match=r"expected landmarks\.fraction to be a number"):
        check_settings(changed(settings, "landmarks.fraction", math.nan))
    assert range_of("training.batch") is RANGES["batch"]


def test_each_range_is_written_once() -> None:
    """Two equal ones would be one key, and the names of the first be lost."""
    assert len(RANGES) > 140
    assert RANGES["reprojection"] is RANGES["max_size"]
