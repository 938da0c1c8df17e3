"""Composing each choice of options once gives what Hydra gives when it composes everything anew."""

from collections.abc import Sequence

import hydra
import pytest
from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig, OmegaConf

from motion_transfer.configuration.composition import HYDRA_VERSION, compose_files, config_dir


def anew(overrides: Sequence[str]) -> DictConfig:
    folder = f"{config_dir()}/"  # under this name none of its files was read before
    with hydra.initialize_config_dir(folder, version_base=HYDRA_VERSION):
        return hydra.compose("transfer", [*overrides])


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        ("source='a=b.mp4'", "target=${source}", "minutes=3", "retargeting.steps.trend_filter={strength:2}"),
        ("minutes=2", "preset=quality", "training/optimizer@training.discriminator_optimizer=sgd", "minutes=3"),
        ("~retargeting.steps.facing", "+fitting.weights.more=2", "++seed=4"),
    ],
    ids=" ".join,
)
def test_the_composition_is_hydras(overrides: tuple[str, ...]) -> None:
    config, expected = compose_files("transfer", overrides), anew(overrides)
    assert OmegaConf.to_container(config) == OmegaConf.to_container(expected)
    assert OmegaConf.is_struct(config)


@pytest.mark.slow
def test_values_of_one_composition_do_not_reach_the_next() -> None:
    changed = compose_files("transfer", ["minutes=77", "landmarks.min_detected_fraction=0.25"])
    changed.retargeting.steps.facing = None
    assert compose_files("transfer", []) == anew([])


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["minuts=1", "preset=none_such", "+seed=1"])
def test_a_wrong_override_is_refused_as_by_hydra(wrong: str) -> None:
    with pytest.raises(ConfigCompositionException) as expected:
        anew([wrong])
    with pytest.raises(type(expected.value)) as found:
        compose_files("transfer", [wrong])
    assert str(found.value) == str(expected.value).replace(f"file://{config_dir()}/", f"parsed://{config_dir()}")
