"""A dancer's clips become a performer in a folder, which never replaces anything else of the user's."""

import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from crafted_files import CANARY, Command
from numbered_clips import write_clip
from quick_transfer import Transferred, run_script

from motion_transfer import cli
from motion_transfer.performers.storage import PARTS, REFERENCES, load_performer
from motion_transfer.synthesis.checkpoints import BEST, LAST


@pytest.fixture
def data(transferred: Transferred, tmp_path: Path) -> Path:
    """The target of the transfer as a dancer's only clip: what was learned from it is found again."""
    folder = tmp_path / "data" / "anna"
    folder.mkdir(parents=True)
    shutil.copy(transferred.pair.target, folder / "first.mp4")
    (folder / "notes.txt").write_text("no clip")
    return folder.parent


@pytest.mark.subprocess
@pytest.mark.slow
def test_a_performer_is_learned_from_the_dancers_clips(transferred: Transferred, data: Path, tmp_path: Path) -> None:
    words = ["dancer=anna", *transferred.words[2:]]
    folder = tmp_path / "performers" / "anna"
    folder.mkdir(parents=True)
    (folder / PARTS[0]).write_text("of an older performer, which is replaced")
    done = run_script("train", words, tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {*PARTS, REFERENCES}
    assert "found from an earlier run" in done.stderr
    assert "performer=performers/anna" in done.stdout
    scores = json.loads(done.stdout.split("kept out of training: ")[1].splitlines()[0])
    facts = load_performer(folder).facts
    assert scores["psnr"] == pytest.approx(facts.held_out.psnr, abs=0.01)
    assert scores["frames"] == facts.held_out.frames > 0
    assert (data / "anna" / "notes.txt").read_text() == "no clip"


@pytest.mark.soak
@pytest.mark.slow
def test_a_planted_checkpoint_runs_no_code_in_a_whole_training(
    transferred: Transferred,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In a work folder that came from somebody else, where the training is not finished."""
    work = shutil.copytree(transferred.work, tmp_path / "work")
    shutil.rmtree(work / "learn")
    checkpoints = work / "training" / transferred.performer.name
    checkpoints.mkdir(parents=True)
    torch.save({"epoch": 1, "callbacks": Command(tmp_path)}, checkpoints / LAST)
    (checkpoints / BEST).write_bytes(pickle.dumps(Command(tmp_path)))
    monkeypatch.chdir(tmp_path)
    words = [word for word in transferred.words[2:] if not word.startswith("work_dir=")]
    cli.run("train", ["dancer=anna", f"work_dir={work}", *words])
    assert caplog.text.count("a checkpoint is lost") == 2
    assert not (tmp_path / CANARY).exists()
    assert load_performer(tmp_path / "performers" / "anna").facts.training.steps > 0


@pytest.mark.slow
@pytest.mark.parametrize(("output", "part"), [("home", "which holds 'letter.txt' as well"), ("file", "got the file")])
def test_nothing_else_of_the_users_is_replaced(
    output: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("kept")
    folder = tmp_path / "data" / "anna"
    folder.mkdir(parents=True)
    write_clip(folder / "first.mp4", count=40)
    with pytest.raises(SystemExit) as ended:
        cli.run("train", ["dancer=anna", f"output={output}"])
    said = capfd.readouterr().err
    assert ended.value.code == 2
    assert part in said
    assert said.count("\n") == 1
    assert (tmp_path / "home" / "letter.txt").read_text() == "dear"
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.slow
def test_clips_of_other_sizes_or_rates_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data" / "anna"
    folder.mkdir(parents=True)
    write_clip(folder / "a.mp4", count=40)
    write_clip(folder / "b.mp4", count=40, size=(64, 64))
    with pytest.raises(SystemExit) as ended:
        cli.run("train", ["dancer=anna"])
    assert ended.value.code == 2
    assert "expected clips of one size and rate, got 64x48 at 25 and 64x64 at 25" in capfd.readouterr().err
