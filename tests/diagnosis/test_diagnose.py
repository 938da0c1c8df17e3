"""An untrained performer is diagnosed as a trained one would be, on a rendered clip of its own."""

import dataclasses
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pytest
import torch
from small_footage import DISCRIMINATOR, GENERATOR, small_clip, small_footage
from small_learner import REFERENCES
from small_performer import small_performer

from motion_transfer.body.model import BodyModel
from motion_transfer.commands import diagnose
from motion_transfer.configuration.compose import compose
from motion_transfer.datasets.training_set import TrainingSet
from motion_transfer.diagnosis.probes import PosedPerformer, differentiable, render_crop
from motion_transfer.diagnosis.provenance import SHAPING
from motion_transfer.diagnosis.training_record import TrainingRecord, last_checkpoint, reload, split_crops
from motion_transfer.files.video_reader import content_digest
from motion_transfer.performers.storage import PROVENANCE, load_performer, save_performer
from motion_transfer.rendering.crop_track import crop
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.rendering.smpl_maps import SmplMapRenderer
from motion_transfer.run import Run
from motion_transfer.stages import Stages
from motion_transfer.synthesis.checkpoints import LAST, PlainCheckpoints
from motion_transfer.synthesis.discriminators.conditional import discriminator_channels
from motion_transfer.synthesis.discriminators.patch import PatchDiscriminator
from motion_transfer.synthesis.generators.registry import generator_spec, target_name
from motion_transfer.synthesis.generators.unet import UNetGenerator

HELD_OUT = 6
WEIGHTS = {"colour": 1.0, "gradient": 1.0, "structure": 0.1, "alpha": 0.5, "blend": 0.0, "texture": 0.01}
SETTINGS = {
    "synthesis": {"discriminator": {"_target_": target_name(PatchDiscriminator), "_partial_": True, **DISCRIMINATOR}},
    "objective": {
        "adversarial": {"start": 0.7, "label_smoothing": 0.1, "r1": 0.0, "two_frame": False},
        "losses": {
            "_target_": "motion_transfer.synthesis.losses.LossWeights",
            **WEIGHTS,
            "adversarial": 0.02,
            "features": 0.1,
            "votes": 1.0,
        },
    },
}
FEW = [
    "device=cpu",
    "sensitivity.frames=5",
    "sensitivity.fraction=0.2",
    "sharpness.lanczos=3",
    "sharpness.ascent=2",
    "weight_averaging.frames=4",
    "discriminator_margins.frames=4",
    "patch_statistics.tested=60",
    "snapshot_ensemble.frames=2",
]


@pytest.fixture(scope="module")
def learned(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingRecord]:
    """The performer's folder and the record of a training that never was."""
    folder: Path = tmp_path_factory.mktemp("learned")
    footage = small_footage(tiny_body)
    torch.manual_seed(0)
    channels = make_map_renderer("smpl", tiny_body).channels
    generator = UNetGenerator(channels, **GENERATOR)
    performer = small_performer(footage, tiny_body, generator, held_out=HELD_OUT)
    save_performer(folder / "performer", performer, generator_spec(partial(UNetGenerator, **GENERATOR), channels), {})
    _save_checkpoint(folder / LAST, channels, generator)
    training, held_out = split_crops(footage.crops.frames, performer)
    record = TrainingRecord(
        training_set=TrainingSet(footage=footage, make_renderer=SmplMapRenderer, references=REFERENCES),
        video=small_clip(tiny_body).video,
        training_crops=training,
        held_out_crops=held_out,
        settings=SETTINGS,
        checkpoint=last_checkpoint(folder),
    )
    return folder / "performer", record


@pytest.fixture
def reloaded(learned: tuple[Path, TrainingRecord], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The override that names a clip, which is found to be the one it was learned from, registered already."""
    _reload_as(learned[1], monkeypatch)
    clip = tmp_path / "any.mp4"
    clip.touch()
    return f"clip={clip}"


def _reload_as(record: TrainingRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnose, "reload", lambda performer, folder, clips, stages_for: record)


def _save_checkpoint(path: Path, channels: tuple[str, ...], generator: UNetGenerator) -> None:
    discriminator = PatchDiscriminator(discriminator_channels(channels, two_frame=False), **DISCRIMINATOR)
    state = {f"generator.{name}": weight * 1.01 for name, weight in generator.state_dict().items()}
    state |= {f"discriminator.{name}": weight for name, weight in discriminator.state_dict().items()}
    scaled = [{name: scale * weight for name, weight in generator.state_dict().items()} for scale in (0.8, 1.0, 1.2)]
    kept = {"callbacks": {"Snapshots": {"weights": scaled}}, "optimizer_states": [{"state": {0: {}}}] * 2}
    PlainCheckpoints().save_checkpoint({"state_dict": {}, "current_model_state": state, **kept}, path)


def _diagnose(folder: Path, output: Path, *words: str) -> dict:
    diagnose.main(compose("diagnose", [f"performer={folder}", f"output={output}", *FEW, *words]))
    return json.loads((output / "diagnosis.json").read_text())


@pytest.mark.slow
def test_without_the_clip_only_the_sensitivity_is_measured(
    learned: tuple[Path, TrainingRecord], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _diagnose(learned[0], tmp_path)
    said = capsys.readouterr().out
    assert found["sensitivity"]["rank_correlation"] is None
    assert len(found["sensitivity"]["norms"]) == 5
    assert "sharpness" not in found
    assert "add clip=CLIP" in said
    assert f"Look at frames {found['sensitivity']['suspects'][0]}" in said
    assert {path.name for path in tmp_path.iterdir()} == {"diagnosis.json", "sensitivity.svg", "suspects.png"}


@pytest.mark.slow
def test_with_the_clip_everything_is_measured_and_pruning_tells_what_each_penalty_costs(
    learned: tuple[Path, TrainingRecord], reloaded: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["channel_pruning.steps=12", "channel_pruning.penalties=[0.001, 10]"]
    found = _diagnose(learned[0], tmp_path, reloaded, *few)
    printed = capsys.readouterr().out
    trained = ("patch_statistics", "sharpness", "weight_averaging", "discriminator_margins")
    for name in ("sensitivity", *trained, "snapshot_ensemble", "loss_plane", "channel_pruning"):
        assert found[name]["meaning"] in printed
        ElementTree.parse(tmp_path / f"{name}.svg")
    assert -1 <= found["sensitivity"]["rank_correlation"] <= 1
    last = len(learned[1].training_set.footage.crops)
    assert list(found["sensitivity"]["held_out_rms_error"]) == [str(n) for n in range(last - HELD_OUT, last)]
    sharp = found["sharpness"]
    assert sharp["largest"][0] > sharp["smallest"]
    assert all(worst >= sharp["loss"] for worst in sharp["worst_loss_in_ball"].values())
    assert found["weight_averaging"]["held_out_loss"][1] == pytest.approx(sharp["loss"], rel=0.5)
    patterns = found["patch_statistics"]
    assert patterns["p_value"] < 0.05  # it was never trained
    assert min(patterns["distances"]) > 0
    assert patterns["squared_mmd"] == pytest.approx(patterns["linear"], abs=4 * patterns["linear_error"])
    assert 0 <= found["discriminator_margins"]["training"]["accuracy"] <= 1
    snapshots = found["snapshot_ensemble"]
    assert snapshots["single_db"][1] == pytest.approx(snapshots["in_use_db"])
    assert snapshots["ensembles_of_last_db"][0] == pytest.approx(snapshots["single_db"][2])
    plane = found["loss_plane"]["held_out_loss"]
    assert plane[1][3] == pytest.approx(plane[2][1], rel=1e-4)  # the second is halfway from the first to the last
    tried = found["channel_pruning"]["tried"]
    assert [one["penalty"] for one in tried] == [0, 0.001, 10]
    assert tried[0]["kept"] == found["channel_pruning"]["channels"]
    assert tried[2]["kept"] == 0
    assert tried[2]["held_out_loss_refitted"] > tried[0]["held_out_loss_refitted"]


@pytest.mark.slow
def test_without_checkpoints_the_rest_is_measured_and_notes_name_what_is_missing(
    learned: tuple[Path, TrainingRecord], reloaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _reload_as(dataclasses.replace(learned[1], checkpoint=None), monkeypatch)
    found = _diagnose(learned[0], tmp_path, reloaded)
    assert "sharpness" in found
    assert "channel_pruning" not in found  # unless it is given steps
    assert "discriminator_margins" not in found
    assert "snapshot_ensemble" not in found
    assert len(found["notes"]) == 2


@pytest.mark.slow
def test_a_frames_sensitivity_is_the_same_twice_and_another_in_another_frame(
    learned: tuple[Path, TrainingRecord],
) -> None:
    performer = differentiable(load_performer(learned[0]), torch.device("cpu"))
    frames = PosedPerformer(performer, learned[1].training_set.footage.crops.track)
    first, again = (frames.sensitivity(4, projections=2, draw=torch.Generator().manual_seed(seed)) for seed in (1, 1))
    assert first > 0
    assert torch.equal(first, again)
    assert frames.sensitivity(9, projections=2, draw=torch.Generator().manual_seed(1)) != first


@pytest.mark.slow
def test_a_rendered_crop_is_that_of_the_whole_motions_rendering(learned: tuple[Path, TrainingRecord]) -> None:
    performer = load_performer(learned[0])
    synthesizer = hydra.utils.instantiate(compose("diagnose", []).synthesizer, device="cpu")
    motion = performer.facts.motion
    track = synthesizer.track(performer, motion)
    pair = [frame.rgb for frame, _ in zip(synthesizer(performer, motion), range(2), strict=False)]
    for index, whole in enumerate(pair):
        cut = crop(whole, track.window_from_frame(index), track.size).astype(int)
        found = render_crop(performer, index, synthesizer, track)
        assert np.abs(found - cut).max() <= 2  # the short motion has a crop track of its own


def test_every_crop_was_either_trained_on_or_held_out(learned: tuple[Path, TrainingRecord]) -> None:
    record = learned[1]
    assert sorted([*record.training_crops, *record.held_out_crops]) == list(
        range(len(record.training_set.footage.crops))
    )
    assert len(record.held_out_crops) == HELD_OUT


def test_the_performer_itself_is_left_as_it_was(learned: tuple[Path, TrainingRecord]) -> None:
    performer = load_performer(learned[0])
    probed = differentiable(performer, torch.device("cpu"))
    assert performer.generator.texture is not None
    assert probed.generator.texture is not None
    assert performer.generator.texture.requires_grad
    assert not probed.generator.texture.requires_grad
    assert torch.equal(performer.generator.texture, probed.generator.texture)


@pytest.mark.slow
def test_mistakes_are_answered_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected performer=DIR, got none"):
        diagnose.main(compose("diagnose", []))
    with pytest.raises(ValueError, match="expected the folder of a performer"):
        diagnose.main(compose("diagnose", [f"performer={tmp_path}"]))


@pytest.mark.slow
def test_another_clip_than_the_one_learned_from_is_refused(
    learned: tuple[Path, TrainingRecord], tmp_path: Path
) -> None:
    def no_stages(settings: Mapping[str, Any]) -> tuple[Stages, Run]:
        pytest.fail("made stages for a clip that does not fit")

    clip, other = tmp_path / "clip.mp4", tmp_path / "other.mp4"
    clip.write_bytes(b"one")
    other.write_bytes(b"another")
    performer = load_performer(learned[0])
    with pytest.raises(ValueError, match=f"expected {PROVENANCE}"):
        reload(performer, tmp_path, [clip], no_stages)
    provenance = {
        "settings": {**dict.fromkeys(SHAPING), "training": {}, "body": "tiny"},
        "footage": {"digest": f"{content_digest(clip)}:0-80", "first": 0, "stop": 80},
        "version": 3,
    }
    (tmp_path / PROVENANCE).write_text(json.dumps(provenance))
    with pytest.raises(ValueError, match="expected the clip that the performer was learned from"):
        reload(performer, tmp_path, [other], no_stages)
    with pytest.raises(FileNotFoundError, match="expected the clip"):
        diagnose.main(compose("diagnose", [f"performer={learned[0]}", f"clip={tmp_path / 'none.mp4'}"]))


def test_the_label_of_real_pictures_is_that_of_the_training(learned: tuple[Path, TrainingRecord]) -> None:
    assert learned[1].adversarial.real_label() == pytest.approx(0.9)
