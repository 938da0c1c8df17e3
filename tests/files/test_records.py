"""Values stored without pickle come back the same; damaged files are refused."""

import dataclasses
import pickle
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

import motion_transfer.domain as domain
from motion_transfer.body.tiny_body import tiny_body
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, BodyShape, Capture, FitQuality
from motion_transfer.domain.camera import Box, Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.face_and_hands import FaceAndHands
from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.quality import HeldOutScores, RetargetingQuality, TrainingRun
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.files.records import KNOWN, load_record, save_record, value_digest

FRAMES = 4
NOT_STORED = ("events", "clip", "triangle_mesh")  # modules of moments, and of what has files of its own


def nouns() -> list[object]:
    """One of every noun, with random content."""
    generator = torch.Generator().manual_seed(0)

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    size = ImageSize(height=6, width=9)
    camera = Camera(intrinsics_px=rand(3, 3), camera_from_world=rand(4, 4), size=size)
    masks = Masks(compressed=tuple(Masks.compress(np.full((6, 9), 17 * i, np.uint8)) for i in range(FRAMES)), size=size)
    landmarks_2d = Landmarks2D(xy_px=rand(FRAMES, 2, 2), confidence=rand(FRAMES, 2))
    landmarks_3d = Landmarks3D(xyz_m=rand(FRAMES, 2, 3), confidence=rand(FRAMES, 2))
    fps = Fraction(30000, 1001)
    layout = LandmarkLayout(names=("nose", "left ear"), bias_m=rand(2, 3))
    parts = FaceAndHands(
        face_middle_px=rand(FRAMES, 2),
        face_offsets_px=rand(FRAMES, 468, 3).half(),
        face_confidence=rand(FRAMES),
        hands_px=rand(FRAMES, 2, 21, 2),
        hands_m=rand(FRAMES, 2, 21, 3),
        hand_confidence=rand(FRAMES, 2),
    )
    detections = Detections(
        layout=layout,
        landmarks_2d=landmarks_2d,
        landmarks_3d=landmarks_3d,
        masks=masks,
        size=size,
        fps=fps,
        notes=("one person", "Zweiter Tänzer übersehen"),
        parts=parts,
    )
    shape = BodyShape(betas=rand(10), clothing_offset_m=rand(24))
    pose = BodyPose(parent_from_joint=rand(FRAMES, 24, 3, 3).double(), root_position_m=rand(FRAMES, 3))
    contacts = rand(FRAMES, 2) > 0.5
    motion = BodyMotion(shape=shape, pose=pose, fps=fps, confidence=rand(FRAMES), foot_contacts=contacts)
    quality = FitQuality(
        reprojection_percent=1.25,
        silhouette_iou=0.1 + 0.2,
        jitter=float("inf"),
        detector_jitter=0,
        frames_without_person=3,
    )
    capture = Capture(motion=motion, camera=camera, detections=detections, quality=quality, shot_starts=(0, 2))
    maps = ConditioningMaps(values=rand(FRAMES, 2, 6, 9).half(), channels=("depth", "u"))
    box = Box(left=-1.5, top=0.1, width=3, height=4)
    seen = [size, box, camera, masks, landmarks_2d, landmarks_3d, layout, parts, detections]
    scores = {"psnr": 30.0, "psnr_person": 25.5, "psnr_person_without_held": 26.0, "ssim": 0.9, "flicker": 1.0}
    judged = [
        RetargetingQuality(foot_skate_cm_per_s=float("inf"), foot_skate_p90_cm_per_s=2.5, leg_length_ratio=0.9),
        TrainingRun(steps=3, seconds=0.5, device="cpu", ended="no_gain"),
        HeldOutScores(**scores, frames=FRAMES),
    ]
    return [*seen, tiny_body(), shape, pose, motion, quality, capture, maps, *judged]


def assert_same(one: object, other: object) -> None:
    assert type(one) is type(other)
    if isinstance(one, Tensor):
        assert isinstance(other, Tensor)
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    elif isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert isinstance(other, tuple)
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    else:
        assert one == other


@pytest.mark.parametrize("noun", nouns(), ids=lambda noun: type(noun).__name__)
def test_every_noun_comes_back_the_same(tmp_path: Path, noun: object) -> None:
    save_record(tmp_path / "noun.npz", noun)
    back = load_record(tmp_path / "noun.npz", type(noun))
    assert_same(noun, back)
    assert value_digest(noun) == value_digest(back)
    assert [path.name for path in tmp_path.iterdir()] == ["noun.npz"]


def test_every_noun_of_the_domain_that_can_be_stored_is_known() -> None:
    found = set()
    for file in Path(domain.__file__).parent.glob("*.py"):
        if file.stem in NOT_STORED:
            continue
        lines = file.read_text().splitlines()
        found |= {b.split()[1].strip(":") for a, b in pairwise(lines) if a == "@value"}
    assert found - {"Video", "Cut", "PersonPoint"} == set(KNOWN) - {"BodyModel"}
    assert {type(noun).__name__ for noun in nouns()} == set(KNOWN)


@value
class Assorted:
    """A value of another folder, with every kind of field."""

    atlas: Float[np.ndarray, "height width"]
    weights: Tensor
    box: Box
    source: Path | None
    blob: bytes
    blobs: tuple[bytes, ...]
    counts: tuple[int, ...]
    flag: bool
    number: float
    nested: Mapping[str, Any]


def assorted() -> Assorted:
    return Assorted(
        atlas=np.arange(6, dtype=np.float32).reshape(2, 3).T,
        weights=torch.arange(4).bfloat16().requires_grad_(),
        box=Box(left=0, top=1, width=2, height=3),
        source=Path("a/b.mp4"),
        blob=b"\0\1",
        blobs=(b"", b"ab", b"\0"),
        counts=(),
        flag=True,
        number=float("nan"),
        nested={"list": [1, None, {3: "deep"}], "weight": torch.ones(2)},
    )


def assert_as_stored(back: Assorted) -> None:
    for name in ("atlas", "box", "source", "blob", "blobs", "counts", "flag"):
        assert_same(getattr(assorted(), name), getattr(back, name))
    assert torch.equal(back.weights, torch.arange(4).bfloat16())
    assert np.isnan(back.number)
    assert back.nested["list"] == assorted().nested["list"]
    assert torch.equal(back.nested["weight"], torch.ones(2))


def test_a_value_from_elsewhere_is_loaded_by_the_class_that_is_asked_for(tmp_path: Path) -> None:
    save_record(tmp_path / "a.npz", assorted())
    assert_as_stored(load_record(tmp_path / "a.npz", Assorted))


def test_the_file_needs_no_pickle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    save_record(tmp_path / "a.npz", assorted())
    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    assert_as_stored(load_record(tmp_path / "a.npz", Assorted))


def test_a_function_or_an_object_array_cannot_be_stored_and_the_field_is_named(tmp_path: Path) -> None:
    video = Video(open_frames=lambda: iter(()), size=ImageSize(height=1, width=1), fps=Fraction(1), frame_count=1)
    with pytest.raises(ValueError, match=r"Video\.open_frames"):
        save_record(tmp_path / "video.npz", video)
    with pytest.raises(ValueError, match="expected ndarray"):
        save_record(tmp_path / "objects.npz", np.array([object()]))
    assert list(tmp_path.iterdir()) == []


def test_missing_damaged_and_wrong_files_are_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "box.npz"
    with pytest.raises(FileNotFoundError, match="found no file"):
        load_record(path, Box)
    save_record(path, Box(left=0, top=1, width=2, height=3))
    whole = path.read_bytes()
    with pytest.raises(ValueError, match="it holds a Box"):
        load_record(path, Camera)
    for content in (b"", b"no zip", whole[: len(whole) // 2], whole.replace(b"left", b"lift")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="damaged or of another version") as caught:
            load_record(path, Box)
        assert "\n" not in str(caught.value)
    np.savez(path, header=np.frombuffer(b'{"value": "Box", "fields": {"left": {"plain": 0}}}', np.uint8))
    with pytest.raises(ValueError, match="another version"):
        load_record(path, Box)


def test_the_digest_tells_values_apart() -> None:
    digests = {value_digest(noun) for noun in nouns()}
    assert len(digests) == len(nouns())
    assert value_digest(torch.zeros(2, 3)) != value_digest(torch.zeros(3, 2))
    assert value_digest(torch.zeros(2)) != value_digest(torch.zeros(2, dtype=torch.int32))
    assert value_digest(Box(left=0, top=0, width=1, height=1)) != value_digest(Box(left=0, top=0, width=1, height=2))
    assert value_digest(torch.arange(6).reshape(2, 3).T) == value_digest(torch.arange(6).reshape(2, 3).T.contiguous())
