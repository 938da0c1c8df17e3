"""`compare` measures every method with what the user set for all, and plots quality over minutes."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from composed_configs import composed
from mistakes import Failure
from numbered_clips import write_clip
from omegaconf import OmegaConf

from motion_transfer.commands.compare import variants
from motion_transfer.configuration.compose import compose
from motion_transfer.domain.quality import TrainingRun
from motion_transfer.evaluation.measured import Measured, Setup
from motion_transfer.evaluation.provenance import Machine
from motion_transfer.evaluation.quality_plots import means, write_quality_plots
from motion_transfer.measured_settings import subjects
from motion_transfer.protocols.subjects import PairSubject


@pytest.mark.slow
def test_each_method_is_its_experiment_with_what_was_set_for_all() -> None:
    config = compose(
        "compare", ["methods=[ours,pix2pix]", "budgets=[1,3]", "seed=7"], inputs={"clips": (Path("a.mp4"),)}
    )
    made = variants(config, "work")
    assert [(one.name, one.settings["minutes"]) for one in made] == [
        ("experiment=ours", 1),
        ("experiment=ours", 3),
        ("experiment=pix2pix", 1),
        ("experiment=pix2pix", 3),
    ]
    for one in made:
        method = one.name.partition("=")[2]
        expected = OmegaConf.to_container(composed("transfer", f"experiment={method}").synthesis)
        assert one.settings["synthesis"] == expected
        assert one.settings["seed"] == 7
        assert one.settings["training"]["minutes"] == one.settings["minutes"]
        assert not {"methods", "given", "clips", "work_dir"} & set(one.settings)


@pytest.mark.slow
def test_drawn_people_have_the_body_that_prepare_left_where_it_was_asked_to() -> None:
    config = composed("compare", "pairs=[3]")
    config.clips, config.work_dir = [], "taken"
    (pair,) = subjects(config)
    assert isinstance(pair, PairSubject)
    assert pair.kept_in == Path("taken")


@pytest.mark.slow
def test_an_experiment_beside_methods_is_refused(fails: Failure, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", count=40)
    said = fails(
        "compare", clip, "experiment=pix2pix", "minutes=1", f"folder={tmp_path}", f"output={tmp_path / 'a.md'}"
    )
    assert "expected methods=[NAME,NAME], got experiment=NAME" in said


@pytest.mark.slow
def test_a_method_that_does_not_exist_is_told(fails: Failure, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", count=40)
    said = fails("compare", clip, "methods=[pix3pix]", f"folder={tmp_path}", f"output={tmp_path / 'a.md'}")
    assert "pix3pix" in said


def measured(subject: str, method: str, minutes: float, psnr: float | None) -> Measured:
    machine = Machine(processor="Some CPU", logical_cores=2, memory_gb=8.0, device="cpu")
    return Measured(
        kind="clip",
        subject=subject,
        method=method,
        minutes=minutes,
        training=TrainingRun(steps=3, seconds=1.0, device="cpu"),
        scores={"performer": {"psnr_person": psnr}},
        stages={},
        fallbacks=(),
        date="2026-01-01T00:00:00+00:00",
        load=0.0,
        setup=Setup(code="c0de", commit=None, machine=machine, versions={}),
    )


def test_curves_are_means_over_subjects_that_have_a_value(tmp_path: Path) -> None:
    found = [
        measured("a", "ours", 1, 20.0),
        measured("b", "ours", 1, 22.0),
        replace(measured("c", "ours", 1, None)),
        measured("a", "ours", 3, 23.0),
        measured("a", "pix2pix", 1, 15.0),
    ]
    assert means(found, "ours", "psnr_person") == {1: 21.0, 3: 23.0}
    (path,) = write_quality_plots(found, tmp_path)  # no other metric has a value
    assert path.name == "psnr_person.svg"
    text = "".join(ElementTree.parse(path).getroot().itertext())
    assert "ours" in text
    assert "pix2pix" in text
