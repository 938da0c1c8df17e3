"""Data is never code: no file that a command is given runs anything, or leads it elsewhere."""

import json
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from crafted_files import CRAFTED, Whole
from crafted_payloads import CANARY, VICTIM
from mistakes import Failure
from mutations import within_bounds
from numbered_clips import write_clip
from omegaconf import OmegaConf
from small_footage import GENERATOR, small_footage
from small_performer import small_performer

from motion_transfer import cli
from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.compose import compose
from motion_transfer.configuration.composition import config_dir
from motion_transfer.configuration.stored_settings import trusted_settings
from motion_transfer.diagnosis.provenance import SHAPING
from motion_transfer.files.copying import copy_folder
from motion_transfer.files.video_reader import content_digest
from motion_transfer.files.video_writer import check_writable
from motion_transfer.performers.storage import save_performer
from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.generators.unet import UNetGenerator

INPAINTERS = sorted((config_dir() / "registration" / "inpainter").glob("*.yaml"))
FAST = ("body=tiny", "device=cpu", "synthesis/generator=unet", "minutes=1")


def plain_settings(*overrides: str) -> dict[str, Any]:
    config = compose("transfer", ["source=a.mp4", *FAST, *overrides])
    return cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))


@pytest.fixture(scope="module")
def whole(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder: Path = tmp_path_factory.mktemp("whole")
    clip = write_clip(folder / "clip.mp4", count=40)
    make, settings = partial(UNetGenerator, **GENERATOR), plain_settings()
    performer = small_performer(small_footage(tiny_body), tiny_body, make(channels=SMPL_CHANNELS), held_out=2)
    provenance = {
        "settings": {**{name: settings[name] for name in SHAPING}, "training": {}, "body": tiny_body.digest()},
        "footage": {"digest": f"{content_digest(clip)}:0-40", "first": 0, "stop": 40},
        "version": 1,
    }
    save_performer(
        folder / "performer", performer, generator_spec(make, SMPL_CHANNELS), json.loads(json.dumps(provenance))
    )
    return Whole(clip=clip, performer=folder / "performer")


@pytest.mark.slow
@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_file_runs_nothing_and_ends_in_one_line(
    name: str, whole: Whole, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, here = tmp_path / "crafted", tmp_path / "here"
    place.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    (place / VICTIM).write_text("unchanged")
    command, *words = CRAFTED[name](place, whole)
    own = [] if command == "train" else [*FAST[1:], *([] if "body=smpl" in words else [FAST[0]])]
    before = sorted(path for path in tmp_path.rglob("*") if "work" not in path.parts)
    with within_bounds():
        said = ends_in_one_line(capfd, command, *words, *own, f"work_dir={tmp_path / 'work'}")
    assert said.startswith(f"{command}: error: expected "), said
    assert not list(tmp_path.rglob(CANARY))
    assert (place / VICTIM).read_text() == "unchanged"
    assert sorted(path for path in tmp_path.rglob("*") if "work" not in path.parts) == before


def ends_in_one_line(capfd: pytest.CaptureFixture[str], command: str, *words: str) -> str:
    """The last line; lines before it tell of stages that were finished."""
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.run(command, list(words))
    said = capfd.readouterr()
    assert ended.value.code == 2, said.err
    assert "Traceback" not in said.err
    assert not said.out
    return said.err.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides", [("condition=stick",), *((f"registration/inpainter={path.stem}",) for path in INPAINTERS)]
)
def test_the_settings_of_a_performer_of_ones_own_are_taken_as_they_were(overrides: tuple[str, ...]) -> None:
    settings = plain_settings(*overrides)
    shaping = {name: settings[name] for name in SHAPING}
    assert trusted_settings(json.loads(json.dumps(shaping)), {}) == shaping


def test_a_class_of_the_users_own_is_taken_where_their_configuration_names_it() -> None:
    stored = {"landmarks": {"_target_": "mine.Detector", "level": 2}}
    assert trusted_settings(stored, {"landmarks": {"_target_": "mine.Detector", "level": 1}}) == stored
    with pytest.raises(ValueError, match=r"got _target_: mine\.Detector in landmarks"):
        trusted_settings(stored, {})
    with pytest.raises(ValueError, match=r"got path for mine\.Detector in landmarks"):
        trusted_settings({"landmarks": {**stored["landmarks"], "path": "x"}}, stored)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["${oc.env:HOME}.mp4", "${nothing}.mp4", "back\\slash.mp4", "it's 'quoted'.mp4", "a=b.mp4"]
)
def test_the_name_of_a_file_means_itself(name: str, fails: Failure, tmp_path: Path) -> None:
    short = write_clip(tmp_path / name, count=5)
    assert "expected a target of at least 1 s" in fails("transfer", short, short, "device=cpu")


def test_a_link_in_a_folder_that_is_passed_on_is_refused(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "performer"
    secret.write_text("key")
    (folder / "references").mkdir(parents=True)
    (folder / "plate.png").write_bytes(b"1")
    copy_folder(folder, tmp_path / "copy")
    assert (tmp_path / "copy" / "plate.png").read_bytes() == b"1"
    (folder / "references" / "0000.png").symlink_to(secret)
    with pytest.raises(ValueError, match=r"expected plain files in .*, got .*0000\.png, which is a link"):
        copy_folder(folder, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_looking_whether_a_result_can_be_written_writes_through_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / VICTIM
    victim.write_text("unchanged")
    monkeypatch.setattr("secrets.token_hex", lambda count: "0" * (2 * count))
    guessed = tmp_path / f".probe-{'0' * 32}"  # longer than what lies beside a result of so short a name
    guessed.symlink_to(victim)
    with pytest.raises(OSError, match="expected a place to write to"):
        check_writable(tmp_path / "out.mp4")
    assert victim.read_text() == "unchanged"


def test_a_name_that_is_too_long_for_what_lies_beside_a_result_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"expected a place to write to, got .* name too long"):
        check_writable(tmp_path / f"{'a' * 244}.mp4")
    check_writable(tmp_path / f"{'a' * 120}.mp4")
    assert not list(tmp_path.iterdir())
