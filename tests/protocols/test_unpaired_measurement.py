"""Unpaired transfer measured on two drawn characters, with a training of seconds."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_unpaired import TINY

from motion_transfer.body.tiny_body import tiny_body
from motion_transfer.protocols import unpaired
from motion_transfer.protocols.unpaired import FIGURES, UnpairedFigures, UnpairedMeasurement
from motion_transfer.unpaired_training.training import UnpairedTraining

LIMBED = (("stout", "long limbs"),)
MEASUREMENT = UnpairedMeasurement(training=TINY, shapes=12, held_out=3, seeds=[0], variants=False)


def measured(measurement: UnpairedMeasurement, folder: Path) -> list[UnpairedFigures]:
    return measurement(tiny_body(), folder, advance=lambda name, share: None, device=torch.device("cpu"))


@pytest.fixture(scope="module", autouse=True)
def one_pair() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(unpaired, "PAIRS", LIMBED)
        patched.setattr(unpaired, "WITH_VARIANTS", LIMBED)
        yield


def check(found: list[UnpairedFigures]) -> None:
    for one in found:
        assert (one.pair, one.seed) == ("stout to long limbs", 0)
        assert one.best_possible <= one.nearest
        assert one.gain == pytest.approx((one.nearest - one.mapped) / one.nearest)


@pytest.mark.soak  # the usual training alone is measured below
@pytest.mark.slow
def test_the_usual_training_and_its_variants_are_measured(tmp_path: Path) -> None:
    found = measured(replace(MEASUREMENT, variants=True), tmp_path)
    assert [one.variant for one in found] == [
        "",
        "no similarity",
        "no registration",
        "published similarity",
        "published generators",
    ]
    check(found)
    assert len({one.best_possible for one in found}) == 1  # of the truth alone
    assert len({one.source_error for one in found}) == 1  # variants share the autoencoders


@pytest.mark.slow
def test_figures_are_found_again_and_those_of_other_settings_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, folder = measured(MEASUREMENT, tmp_path), tmp_path
    check(found)
    monkeypatch.setattr(UnpairedTraining, "__call__", pytest.fail)
    again = measured(MEASUREMENT, folder)
    assert again == found
    assert json.loads((folder / "stout to long limbs 0" / FIGURES).read_text())["mapped"] == found[0].mapped
    fewer = replace(TINY, similarity=replace(TINY.similarity, registrations=3))
    with pytest.raises(ValueError, match="expected the shapes and settings that the training"):
        measured(replace(MEASUREMENT, training=fewer), folder)


def test_the_mean_error_is_that_of_vertices_in_per_cent_of_the_height() -> None:
    character = unpaired.posed_character("stout", tiny_body())
    truth = np.stack([character.mesh.vertices_m] * 2)
    height = character.mesh.vertices_m[:, 1].max() - character.mesh.vertices_m[:, 1].min()
    off = truth + np.array([0.03, 0.0, 0.04])
    assert unpaired._mean_error(off, truth, character) == pytest.approx(5 / height)
