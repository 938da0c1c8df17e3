"""What a benchmark writes; how fast things are is never asserted in a test."""

import json
from pathlib import Path

import pytest

from motion_transfer.benchmarking.measurement import Bar, Measurement, seconds_of, table
from motion_transfer.benchmarking.stages import step_rates
from motion_transfer.commands import benchmark
from motion_transfer.configuration.compose import compose

TINY = """
    resolution=64 fitting.estimator.solver.iterations=30 fitting.refiner.solver.iterations=10
    registration.appearance.iterations=0 registration.appearance.texture_px=128 registration.appearance.texture_views=4
    training.workers=0 training.steps_between_validations=4
    synthesis/generator=unet synthesis.generator.base_channels=8 synthesis.generator.max_channels=16
    synthesis.discriminator.base_channels=8
    minutes=0.02 device=cpu repeats=1 train_s=1.5 optimizer_steps=1 clip_fps=12 drawn_s=1.0 drawn_texture_px=256
    speed_s=1.2 speed_px=200 memory_s=[1] memory_px=240 accuracy_seeds=[3] accuracy_px=200
"""


@pytest.mark.soak
@pytest.mark.slow
def test_every_measurement_is_written_with_its_bar(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    most = (
        "only=[detect,fit,retarget,render,train,synthesize,memory,optimizers,accuracy]"  # characters have no tiny body
    )
    measurements = benchmark.main(compose("benchmark", [*TINY.split(), f"folder={tmp_path}", most]))
    written = json.loads((tmp_path / "benchmark.json").read_text())
    names = [one.name for one in measurements]
    assert list(written["figures"]) == names
    stages = ["detect", "fit", "retarget", "render", "train without GAN", "train with GAN", "synthesize"]
    assert names[:9] == [*stages, "memory of 1 s", "memory growth"]
    assert len(names) == 15
    assert names[-1] == "PA-MPJPE of dancer 3"
    assert 10 < measurements[-1].repeats[0] < 300  # millimetres, of a fit of a few steps
    for figure in written["figures"].values():
        assert figure["value"] > 0
        assert set(figure) == {"value", "unit", "bar", "met", "repeats"}
    assert {"machine", "settings", "versions"} < set(written)
    printed = capfd.readouterr().out
    assert all(name in printed for name in names)


@pytest.mark.slow
def test_one_measurement_alone_needs_no_training(tmp_path: Path) -> None:
    measurements = benchmark.main(compose("benchmark", [*TINY.split(), f"folder={tmp_path}", "only=[optimizers]"]))
    assert {one.unit for one in measurements} == {"Adam's"}
    assert len(measurements) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["benchmark.json"]


@pytest.mark.slow
def test_an_unknown_measurement_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"detect, fit, .* got speed"):
        benchmark.main(compose("benchmark", ["only=[detect,speed]"]))


def test_repeats_begin_after_a_warm_up_and_the_median_counts() -> None:
    calls: list[int] = []
    assert len(seconds_of(lambda: calls.append(1), 4)) == 4
    assert len(calls) == 5
    assert Measurement(name="x", unit="frames/s", bar=Bar(limit=3), repeats=[1.0, 9.0, 4.0]).value == 4.0


def test_bars_hold_from_either_side() -> None:
    assert Bar(limit=25).met(25)
    assert not Bar(limit=25).met(24.9)
    assert Bar(limit=4000, at_most=True).met(4000)
    assert not Bar(limit=1.15, at_most=True).met(1.16)
    line = table([Measurement(name="fit", unit="frames/s", bar=Bar(limit=30), repeats=[12.0])]).splitlines()[1]
    assert line.split() == ["fit", "12", "12", "12", "frames/s", ">=", "30", "NO"]


def test_step_rates_count_the_steps_of_each_window_after_the_warm_up() -> None:
    slow_start = [0.1, 0.2]
    fractions = [*slow_start, *(0.2 + 0.8 * step / 40 for step in range(1, 41))]
    assert step_rates(fractions, 50.0, 2) == pytest.approx([1.0, 1.0])
