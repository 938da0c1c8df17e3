"""Whatever happens to a file of the user's, reading it ends in one line, or gives what is sound."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import COUNT, ODD_WORDS, damage, fates, outcome, reword, reworded
from small_footage import GENERATOR, small_footage
from small_performer import small_performer

from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.composition import config_dir
from motion_transfer.configuration.own_files import read_settings
from motion_transfer.diagnosis.provenance import SHAPING, Provenance, read_provenance
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.bodies import read_body
from motion_transfer.files.manifest import write_manifest
from motion_transfer.files.pictures import read_grey, read_rgb, write_png
from motion_transfer.files.records import load_record, save_record, value_digest
from motion_transfer.motion_files.bvh import BvhClip, read_bvh
from motion_transfer.performers.performer import PerformerFacts
from motion_transfer.performers.storage import (
    BODY,
    FACTS,
    KNOWN,
    PLATE,
    PROVENANCE,
    SEEN,
    TEXTURE,
    load_performer,
    save_performer,
)
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.checkpoints import PlainCheckpoints, read_checkpoint
from motion_transfer.synthesis.generators.generator_file import GENERATOR as GENERATOR_FILE
from motion_transfer.synthesis.generators.generator_file import load_generator
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.generators.unet import UNetGenerator

SIZE = ImageSize(height=48, width=64)


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


@pytest.fixture(scope="module")
def performer_folder(
    footage: RegisteredFootage, tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder: Path = tmp_path_factory.mktemp("whole") / "performer"
    make = partial(UNetGenerator, **GENERATOR)
    performer = small_performer(footage, tiny_body, make(channels=SMPL_CHANNELS), held_out=2)
    save_performer(folder, performer, generator_spec(make, SMPL_CHANNELS), provenance())
    return folder


def provenance() -> dict[str, Any]:
    training = {"objective": {"losses": {"colour": 1.0}}, "batch": 1}
    shaping = {name: {"_target_": f"motion_transfer.{name}", "share": 0.5} for name in SHAPING}
    footage = {"digest": "00ff:3-40", "first": 3, "stop": 40}
    return {"settings": {**shaping, "training": training, "body": "tiny"}, "footage": footage, "version": 3}


# Files of numbers, whose checksums tell any change


@pytest.mark.slow
def test_a_damaged_record_is_refused_or_equal(footage: RegisteredFootage, tmp_path: Path) -> None:
    path = tmp_path / "capture.npz"
    save_record(path, footage.capture)
    digest = value_digest(footage.capture)

    def is_whole(found: Capture) -> None:
        assert value_digest(found) == digest

    assert fates(damage(path, path.read_bytes()), lambda path: load_record(path, Capture), path, is_whole) > COUNT / 2


@pytest.mark.slow
def test_a_damaged_checkpoint_is_refused_or_equal(tmp_path: Path) -> None:
    path, state = tmp_path / "last.ckpt", {"weights": {"a": torch.arange(50.0)}, "epoch": 3, "best": None}
    PlainCheckpoints().save_checkpoint(state, path)

    def is_whole(found: dict[str, Any]) -> None:
        assert (found["epoch"], found["best"]) == (3, None)
        assert torch.equal(found["weights"]["a"], torch.arange(50.0))

    assert fates(damage(path, path.read_bytes()), read_checkpoint, path, is_whole) > COUNT / 2


# What reads each part of a performer's folder.
PARTS: dict[str, Callable[[Path], Any]] = {
    FACTS: lambda path: value_digest(load_record(path, PerformerFacts)),
    BODY: lambda path: read_body(path).digest(),
    GENERATOR_FILE: lambda path: [value_digest(weight) for weight in load_generator(path).state_dict().values()],
    PLATE: lambda path: value_digest(read_rgb(path)),
    SEEN: lambda path: value_digest(read_grey(path)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_a_damaged_part_of_a_performer_is_refused_or_equal(name: str, performer_folder: Path, tmp_path: Path) -> None:
    path, read = tmp_path / name, PARTS[name]
    whole = read(performer_folder / name)

    def is_whole(found: Any) -> None:
        assert found == whole

    assert fates(damage(path, (performer_folder / name).read_bytes()), read, path, is_whole) > COUNT / 2


@pytest.mark.slow
def test_parts_of_two_performers_make_none(performer_folder: Path, tmp_path: Path) -> None:
    for name, content in {KNOWN: np.zeros((40, 50, 3), np.uint8), TEXTURE: np.zeros((32, 16, 3), np.uint8)}.items():
        copy = tmp_path / name
        shutil.copytree(performer_folder, copy)
        write_png(copy / name, content)
        write_manifest(copy, {})
        assert outcome(load_performer, copy) is None
    facts = load_record(performer_folder / FACTS, PerformerFacts)
    with pytest.raises(ValueError, match="expected training_frames of a performer from 0 to 14, got 1e"):
        dataclasses.replace(facts, training_frames=torch.tensor([10**6]))
    for name, wrong in {"resolution": -7, "px_per_pixel": float("nan"), "reach_px": 1e9}.items():
        with pytest.raises(ValueError, match=f"expected {name} from"):
            dataclasses.replace(facts, **{name: wrong})


@pytest.mark.slow
def test_a_record_whose_content_was_changed_is_refused_or_has_finite_numbers_that_agree(
    footage: RegisteredFootage, tmp_path: Path
) -> None:
    """As someone would change it who also mends the checksums."""
    path = tmp_path / "capture.npz"
    save_record(path, footage.capture)
    with np.load(path) as stored:
        arrays = dict(stored)
    header = arrays.pop("header").tobytes().decode()

    def write(seed: int) -> None:
        draw = np.random.default_rng(seed)
        changed = {name: array.copy() for name, array in arrays.items()}
        name = sorted(changed)[int(draw.integers(len(changed)))]
        array, text = changed[name], header
        match int(draw.integers(5)):
            case 0 if array.size and array.dtype.kind == "f":
                array.flat[int(draw.integers(array.size))] = draw.choice([np.nan, np.inf, -1e30, 1e30, -1.0, 0.0])
            case 1:
                changed[name] = array.ravel()[: array.size // 2]
            case 2:
                changed[name] = array.astype(draw.choice(["f8", "i4", "S3"]))
            case 3:
                del changed[name]
            case _:
                text = reworded(header, seed)
        np.savez(path, header=np.frombuffer(text.encode(errors="surrogatepass"), np.uint8), **changed)

    def is_sound(found: Capture) -> None:
        motion = found.motion
        assert len(motion.pose.root_position_m) == len(motion) == len(motion.confidence)
        for tensor in (motion.pose.parent_from_joint, motion.pose.root_position_m, found.camera.intrinsics_px):
            assert torch.isfinite(tensor).all()
        assert motion.fps > 0

    assert fates(write, lambda path: load_record(path, Capture), path, is_sound) > COUNT / 4


# Text


def bvh() -> str:
    parts = [
        "HIERARCHY ROOT Hips { OFFSET 0 0 0 CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
    ]
    parts += ["JOINT Knee { OFFSET 0 -40 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 -40 0 } } }"]
    parts += ["MOTION Frames: 5 Frame Time: 0.04", *["0 90 0 1 2 3 4 5 6" for _ in range(5)]]
    return " ".join(parts)


def assert_sound_bvh(clip: BvhClip) -> None:
    assert np.isfinite(clip.positions).all()
    assert clip.positions.shape[1] == len(clip.names)
    assert 0 < clip.seconds_per_frame <= 10


@pytest.mark.slow
@pytest.mark.parametrize("change", [damage, reword])
def test_a_damaged_motion_file_is_refused_or_has_finite_positions(change: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "motion.bvh"
    text: Any = bvh() if change is reword else bvh().encode()
    assert fates(change(path, text), read_bvh, path, assert_sound_bvh) > COUNT / 4


@pytest.mark.slow
@pytest.mark.parametrize("change", [damage, reword])
def test_a_damaged_provenance_is_refused_or_has_its_parts(change: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / PROVENANCE
    text: Any = json.dumps(provenance()) if change is reword else json.dumps(provenance()).encode()

    def is_sound(found: Provenance) -> None:
        assert set(found.shaping) == set(SHAPING)
        assert 0 <= found.first < found.stop

    assert fates(change(path, text), lambda path: read_provenance(path.parent), path, is_sound) > COUNT / 4


@pytest.mark.slow
@pytest.mark.parametrize("change", [damage, reword])
def test_a_damaged_file_of_settings_is_refused_or_holds_some(change: Callable[..., Any], tmp_path: Path) -> None:
    path, text = tmp_path / "mine.yaml", (config_dir() / "retargeting" / "planted.yaml").read_text()

    def is_mapping(found: Any) -> None:
        assert all(isinstance(name, str | int | float | bool | None) for name in found)

    given_text: Any = text if change is reword else text.encode()
    assert fates(change(path, given_text), read_settings, path, is_mapping) > COUNT / 8


WORDS = st.sampled_from([*bvh().split(), *ODD_WORDS])


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, max_size=60))
def test_any_words_of_a_motion_file_are_refused_or_give_finite_positions(words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "motion.bvh"
    path.write_text(" ".join(["HIERARCHY", *words]))
    found = outcome(read_bvh, path)
    if found is not None:
        assert_sound_bvh(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=JSON, name=st.sampled_from(["settings", "footage", "version", "training"]))
def test_any_json_in_the_place_of_provenance_is_refused_or_has_its_parts(
    content: Any, name: str, tmp_path: Path
) -> None:
    path = tmp_path / PROVENANCE
    for document in (content, provenance() | {name: content}):
        path.write_text(json.dumps(document))
        found = outcome(lambda path: read_provenance(path.parent), path)
        assert found is None or isinstance(found, Provenance)
