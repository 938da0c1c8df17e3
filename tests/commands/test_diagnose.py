"""A performer that was never trained is asked all that a trained one would be, on a rendered clip of its own."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from small_lesson import DISCRIMINATOR, GENERATOR, WINDOW_PX, small_lesson

from motion_transfer.body.model import BodyModel
from motion_transfer.cli import compose
from motion_transfer.commands import diagnose
from motion_transfer.commands.recall import Recalled, recall
from motion_transfer.files.video_reader import content_digest
from motion_transfer.performers.examination import OwnFrames, held_out_places, taught_places
from motion_transfer.performers.performer import Performer, PerformerFacts
from motion_transfer.performers.storage import PROVENANCE, load_performer, save_performer
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.synthesis.discriminator import PatchDiscriminator, judged_channels
from motion_transfer.synthesis.generator import Generator
from motion_transfer.synthesis.training import LAST

HELD_OUT = 6
WEIGHTS = {"colour": 1.0, "gradient": 1.0, "structure": 0.1, "alpha": 0.5, "own": 0.0, "texture": 0.01}
TEACHER = {
    "discriminator": DISCRIMINATOR,
    "real_label": 0.9,
    "weights": {
        "_target_": "motion_transfer.synthesis.module.LossWeights",
        **WEIGHTS,
        "adversarial": 0.02,
        "features": 0.1,
    },
}
FEW = [
    "device=cpu",
    "sensitivity.frames=5",
    "sensitivity.fraction=0.2",
    "sharpness.lanczos=3",
    "sharpness.ascent=2",
    "margins.frames=4",
    "patterns.tested=60",
    "snapshots.frames=2",
]


@pytest.fixture(scope="module")
def learned(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recalled]:
    """The performer's folder and what it was "taught" from."""
    folder: Path = tmp_path_factory.mktemp("learned")
    lesson = small_lesson(tiny_body, folder)
    capture = lesson.look.capture
    motion, footage = capture.motion, lesson.footage
    torch.manual_seed(0)
    channels = make_map_renderer("smpl", tiny_body).channels
    generator = Generator(channels, **GENERATOR)
    facts = PerformerFacts(
        motion=motion,
        taught=torch.arange(len(motion) - HELD_OUT),
        camera=capture.camera,
        quality=capture.quality,
        px_per_pixel=footage.window.px_per_pixel,
        resolution=WINDOW_PX,
        reach_px=3.0,
        condition="smpl",
        steps=0,
        seconds=0.0,
        device="cpu",
        psnr=0.0,
        psnr_person=0.0,
        psnr_person_without_held=0.0,
        ssim=0.0,
        flicker=0.0,
        frames=HELD_OUT,
    )
    performer = Performer(
        facts=facts, model=tiny_body, plate=lesson.plate, texture=lesson.look.texture, generator=generator
    )
    save_performer(folder / "performer", performer, {"channels": list(channels), **GENERATOR}, {})
    _save_checkpoint(folder / LAST, channels, generator)
    return folder / "performer", Recalled(lesson=lesson, teacher=TEACHER, training=folder)


@pytest.fixture
def recalled(learned: tuple[Path, Recalled], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Recalled]:
    """The same, where any clip is found to be the one it was "taught" from, prepared already."""
    monkeypatch.setattr(diagnose, "recall", lambda config, folder, clip: learned[1])
    return learned


def _save_checkpoint(path: Path, channels: tuple[str, ...], generator: Generator) -> None:
    discriminator = PatchDiscriminator(judged_channels(channels), **DISCRIMINATOR)
    state = {f"generator.{name}": weight * 1.01 for name, weight in generator.state_dict().items()}
    state |= {f"discriminator.{name}": weight for name, weight in discriminator.state_dict().items()}
    snapshots = [{name: share * weight for name, weight in generator.state_dict().items()} for share in (0.8, 1.0, 1.2)]
    kept = {"callbacks": {"Snapshots": {"weights": snapshots}}, "optimizer_states": [{"state": {0: {}}}] * 2}
    torch.save({"state_dict": {}, "current_model_state": state, **kept}, path)


def _ask(folder: Path, output: Path, *words: str) -> dict:
    diagnose.main(compose("diagnose", [f"performer={folder}", f"output={output}", *FEW, *words]))
    return json.loads((output / "diagnosis.json").read_text())


def test_without_the_clip_only_the_sensitivity_is_told(
    learned: tuple[Path, Recalled], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _ask(learned[0], tmp_path)
    said = capsys.readouterr().out
    assert found["sensitivity"]["rank_correlation"] is None
    assert len(found["sensitivity"]["norms"]) == 5
    assert "sharpness" not in found
    assert "add clip=CLIP" in said
    assert f"Look at frames {found['sensitivity']['suspects'][0]}" in said
    assert {path.name for path in tmp_path.iterdir()} == {"diagnosis.json", "sensitivity.svg", "suspects.png"}


def test_with_the_clip_all_questions_are_answered(
    recalled: tuple[Path, Recalled], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _ask(recalled[0], tmp_path, "clip=any.mp4")
    said = capsys.readouterr().out
    for name in ("sensitivity", "patterns", "sharpness", "averaging", "margins", "snapshots", "plane"):
        assert found[name]["meaning"] in said
        assert (tmp_path / f"{name}.svg").read_text().startswith("<svg")
    assert -1 <= found["sensitivity"]["rank_correlation"] <= 1
    last = len(recalled[1].lesson.footage)
    assert list(found["sensitivity"]["held_out_rms_error"]) == [str(n) for n in range(last - HELD_OUT, last)]
    assert "channels" not in found  # unless they are asked for
    sharp = found["sharpness"]
    assert sharp["largest"][0] > sharp["smallest"]
    assert all(worst >= sharp["loss"] for worst in sharp["worst_loss_in_ball"].values())
    assert found["averaging"]["held_out_loss"][1] == pytest.approx(sharp["loss"], rel=0.5)
    patterns = found["patterns"]
    assert patterns["p_value"] < 0.05  # it was never trained
    assert min(patterns["distances"]) > 0
    assert patterns["squared_mmd"] == pytest.approx(patterns["linear"], abs=4 * patterns["linear_error"])
    assert 0 <= found["margins"]["taught"]["told_rightly"] <= 1
    snapshots = found["snapshots"]
    assert snapshots["alone_db"][1] == pytest.approx(snapshots["in_use_db"])
    assert snapshots["last_ones_together_db"][0] == pytest.approx(snapshots["alone_db"][2])
    plane = found["plane"]["held_out_loss"]
    assert plane[1][3] == pytest.approx(plane[2][1], rel=1e-4)  # the second is halfway from the first to the last


def test_asked_for_channels_it_tells_what_each_penalty_costs(
    recalled: tuple[Path, Recalled], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["channels.steps=12", "channels.penalties=[0.001, 10]"]
    found = _ask(recalled[0], tmp_path, "clip=any.mp4", *few)
    tried = found["channels"]["tried"]
    assert [one["penalty"] for one in tried] == [0, 0.001, 10]
    assert tried[0]["kept"] == found["channels"]["channels"]
    assert tried[2]["kept"] == 0
    assert tried[2]["held_out_loss_of_the_rest"] > tried[0]["held_out_loss_of_the_rest"]
    assert found["channels"]["meaning"] in capsys.readouterr().out
    assert (tmp_path / "channels.svg").read_text().startswith("<svg")


def test_without_checkpoints_the_rest_is_told_and_what_is_missing(
    learned: tuple[Path, Recalled], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = dataclasses.replace(learned[1], training=None)
    monkeypatch.setattr(diagnose, "recall", lambda config, folder, clip: without)
    found = _ask(learned[0], tmp_path, "clip=any.mp4")
    assert "sharpness" in found
    assert "margins" not in found
    assert "snapshots" not in found
    assert len(found["notes"]) == 2


def test_a_frames_sensitivity_is_the_same_twice_and_its_picture_depends_on_the_frame(
    learned: tuple[Path, Recalled],
) -> None:
    performer, lesson = load_performer(learned[0]), learned[1].lesson
    frames = OwnFrames(performer, lesson.footage.window)
    first, again = (frames.sensitivity(4, projections=2, draw=torch.Generator().manual_seed(seed)) for seed in (1, 1))
    assert first > 0
    assert torch.equal(first, again)
    assert not np.array_equal(frames.paint(0), frames.paint(9))


def test_every_frame_either_taught_or_is_held_out(learned: tuple[Path, Recalled]) -> None:
    performer, lesson = load_performer(learned[0]), learned[1].lesson
    held_out, taught = held_out_places(lesson, performer), taught_places(lesson, performer)
    assert sorted([*held_out, *taught]) == list(range(len(lesson.footage)))
    assert len(held_out) == HELD_OUT


def test_mistakes_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected performer=DIR, got none"):
        diagnose.main(compose("diagnose", []))
    with pytest.raises(ValueError, match="expected the folder of a performer"):
        diagnose.main(compose("diagnose", [f"performer={tmp_path}"]))


def test_another_clip_than_the_one_learned_from_is_refused(tmp_path: Path) -> None:
    clip, other = tmp_path / "clip.mp4", tmp_path / "other.mp4"
    clip.write_bytes(b"one")
    other.write_bytes(b"another")
    config = compose("diagnose", [])
    with pytest.raises(ValueError, match=f"expected {PROVENANCE}"):
        recall(config, tmp_path, clip)
    provenance = {"settings": {}, "footage": f"{content_digest(clip)} 0-80", "version": 3}
    (tmp_path / PROVENANCE).write_text(json.dumps(provenance))
    with pytest.raises(ValueError, match="expected the clip that the performer was learned from"):
        recall(config, tmp_path, other)
    with pytest.raises(FileNotFoundError, match="expected the clip"):
        recall(config, tmp_path, tmp_path / "none.mp4")


def test_what_the_discriminator_was_taught_of_real_pictures_is_known_of_old_and_new_performers(
    learned: tuple[Path, Recalled],
) -> None:
    for teacher in ({"real_label": 0.9}, {"label_smoothing": 0.1}):
        assert dataclasses.replace(learned[1], teacher=teacher).real_label == pytest.approx(0.9)
