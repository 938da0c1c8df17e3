"""One class and one YAML file replace each part of the chain, and what the part gives shows in the result."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from known_dance import film
from own_parts import CALLS, FlatMap, shifted

from motion_transfer import cli
from motion_transfer.assembly import Assembled, assemble_from
from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import Capture
from motion_transfer.files.clips import open_clip
from motion_transfer.files.records import save_record
from motion_transfer.files.video_reader import open_video
from motion_transfer.performers.storage import load_performer
from motion_transfer.pipeline import Transferred, capture_source, learn_performer, retarget, transfer
from motion_transfer.stages import LearnedPerformer, SourceMotion

pytestmark = pytest.mark.slow
CONFIDENCE, BETA, RIGHT_M, HEIGHT_M, GREY, LEVEL = 0.75, 0.25, 0.02, 0.3, 7, 0.5
FILES = {
    "landmarks/detector/recorded": "_target_: own_parts.RecordedDetector\nrecorded: {recorded}\nconfidence: 0.75\n",
    "fitting/estimator/recorded": "_target_: own_parts.RecordedEstimator\nrecorded: {recorded}\nbeta: 0.25\n",
    "fitting/refiner/sidestep": "_target_: own_parts.Sidestep\nright_m: 0.02\n",
    "registration/inpainter/one_colour": "_target_: own_parts.OneColour\ngrey: 7\n",
    "condition/flat": "_target_: own_parts.FlatMap\nlevel: 0.5\n",
    "retargeting/hovering": (
        "defaults: [planted, _self_]\nsteps:\n  hover:\n    _target_: own_parts.Hover\n    height_m: 0.3\n"
    ),
}
CHOSEN = [file.rsplit("/", 1) for file in FILES]
QUICK = (
    *("preset=draft", "body=tiny", "device=cpu", "resolution=64", "minutes=0.01", "progress=none"),
    *("registration.appearance.texture_px=64", "registration.appearance.texture_views=4"),
    *("registration.appearance.clothing_views=2", "training.workers=0", "training.steps_between_validations=5"),
)


@dataclass(frozen=True)
class Ran:
    """The chain after it has run with all parts replaced; `calls` says how often each of them was called."""

    made: Assembled
    words: tuple[str, ...]
    own: Path
    clip: Path
    truth: Capture
    learned: LearnedPerformer
    source: SourceMotion
    done: Transferred
    calls: Counter[str]


@pytest.fixture(scope="module")
def ran(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("seams")
    truth = film(tiny_body, folder / "dance.mp4")
    save_record(folder / "truth.npz", truth)
    own = folder / "mine"
    for name, text in FILES.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / f"{name}.yaml").write_text(text.format(recorded=folder / "truth.npz"))
    # Maps of one's own are read by the network that paints by itself.
    words = (
        *QUICK,
        "synthesis/generator=unet",
        "minutes=0.02",
        f"work_dir={folder / 'work'}",
        *(f"{group}={option}" for group, option in CHOSEN),
    )
    CALLS.clear()
    made = assemble_from(*words, config_dir=own)
    clip = open_clip(folder / "dance.mp4")
    learned = learn_performer(clip, made.stages, made.run)
    source = capture_source(clip, made.stages, made.run)
    done = transfer(source, learned, folder / "out.mp4", made.stages, made.run)
    return Ran(made, words, own, clip.paths[0], truth, learned, source, done, CALLS.copy())


@pytest.mark.parametrize("part", ["detector", "estimator", "refiner", "step", "inpainter", "map renderer"])
def test_every_part_of_ones_own_is_called(ran: Ran, part: str) -> None:
    assert ran.calls[part] > 0


def test_the_confidence_of_a_detector_of_ones_own_reaches_the_result(ran: Ran) -> None:
    assert torch.allclose(ran.done.motion.confidence, torch.tensor(CONFIDENCE))


def test_the_shape_of_an_estimator_of_ones_own_is_the_performers(ran: Ran) -> None:
    assert torch.allclose(ran.done.motion.shape.betas, torch.tensor(BETA))


def test_where_a_refiner_of_ones_own_moves_the_person_it_is_learned(ran: Ran) -> None:
    learned = ran.learned.performer.facts.motion.pose.root_position_m
    assert torch.allclose(learned, shifted(ran.truth.motion.pose, (RIGHT_M, 0, 0)).root_position_m)


def test_what_an_inpainter_of_ones_own_fills_is_the_performers_background(ran: Ran) -> None:
    plate = ran.learned.performer.plate
    assert 0 < (~plate.known).sum() < plate.known.size / 2
    assert (plate.rgb[~plate.known] == GREY).all()


def test_a_step_of_ones_own_is_added_and_left_out(ran: Ran) -> None:
    """The same steps otherwise: the motions differ by what the step does, and its note by nothing else."""
    without = assemble_from(*ran.words, "retargeting.steps.hover=null", config_dir=ran.own)
    before = CALLS["step"]
    standing = retarget(ran.source, ran.learned.performer, without.stages, without.run)
    assert CALLS["step"] == before
    hovering = shifted(standing.motion.pose, (0, HEIGHT_M, 0)).root_position_m
    assert torch.allclose(ran.done.motion.pose.root_position_m, hovering)
    assert "The dance hovers." not in standing.notes
    assert "The dance hovers." in ran.done.report.fallbacks


def test_a_map_renderer_of_ones_own_is_what_the_performer_paints_from(ran: Ran) -> None:
    performer, stages = ran.learned.performer, ran.made.stages
    assert tuple(performer.generator.channels) == FlatMap.channels
    assert isinstance(performer.renderer, FlatMap)
    blank = replace(performer, renderer=FlatMap(performer.model, 0.0))
    motion = ran.done.motion
    usual, unseen = (next(iter(stages.synthesizer(one, motion))).alpha for one in (performer, blank))
    assert np.abs(usual - unseen).max() > 0.01


def test_a_performer_with_a_map_renderer_of_ones_own_opens_where_that_is_allowed(ran: Ran) -> None:
    """A stranger's folder must not choose what runs."""
    with pytest.raises(ValueError, match=r"expected a map renderer out of smpl, stick, .* got 'own_parts.FlatMap'"):
        load_performer(ran.learned.folder)
    found = load_performer(ran.learned.folder, [ran.made.stages.learner.stage.make_renderer])
    assert isinstance(found.renderer, FlatMap)
    assert found.renderer.level == LEVEL


def test_the_command_line_finds_the_same_parts_in_a_folder_of_ones_own(ran: Ran, tmp_path: Path) -> None:
    """All that was computed is found again, because the settings are the same."""
    CALLS.clear()
    output = tmp_path / "again.mp4"
    cli.run("transfer", [str(ran.clip), str(ran.clip), "--config-dir", str(ran.own), *ran.words, f"output={output}"])
    assert set(CALLS) == {"step", "map renderer"}
    assert len(open_video(output)) == len(ran.truth.motion)
