"""A performer that was never trained is rendered from the target's own pixels, at the frame's own size."""

from dataclasses import replace
from pathlib import Path

import hydra
import numpy as np
import pytest
import torch
from small_footage import SIZE, small_clip, small_footage
from small_performer import small_performer
from small_references import small_references

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.configuration.compose import compose
from motion_transfer.evaluation.metrics import psnr
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.reference_preparation import performer_parts
from motion_transfer.performers.storage import load_performer, save_performer
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.references import hand_pictures, part_pictures
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.storage import open_references
from motion_transfer.references.views import camera_from_joint
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.synthesis.generators.reference_judge import ReferenceJudge
from motion_transfer.synthesis.generators.registry import generator_spec

MAKE = {"base_channels": 4, "norm": "instance", "activation": "leaky_relu"}

WARPED = {"whole_hands": False, "whole_head": False, "whole_feet": False}


@pytest.fixture(scope="module")
def footage(tiny_body: BodyModel) -> RegisteredFootage:
    return small_footage(tiny_body)


@pytest.fixture(scope="module")
def folder(tiny_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("references")
    small_references(tiny_body, folder)
    return folder


@pytest.fixture(scope="module")
def performer(footage: RegisteredFootage, tiny_body: BodyModel, folder: Path) -> Performer:
    made = small_performer(footage, tiny_body, ReferenceJudge(channels=SMPL_CHANNELS, **MAKE), held_out=4)
    return replace(made, references=open_references(folder))


@pytest.fixture
def synthesizer() -> Synthesizer:
    return hydra.utils.instantiate(compose("transfer", ["source=a.mp4"]).synthesizer, device="cpu", shadow=0.0)


@pytest.mark.slow
def test_driven_by_its_own_motion_it_gives_the_footage_back(
    performer: Performer, tiny_body: BodyModel, synthesizer: Synthesizer
) -> None:
    clip = small_clip(tiny_body)
    scores = []
    for number, (frame, truth) in enumerate(zip(synthesizer(performer, clip.motion), clip.video, strict=True)):
        person = clip.masks[number] > 127
        scores.append(psnr(frame.rgb, truth, person))
        assert frame.rgb.shape == (SIZE.height, SIZE.width, 3)
    assert np.mean(scores) > 23.5  # this person is drawn with hard edges, which no filmed one has


@pytest.mark.slow
def test_a_frame_is_painted_without_itself_where_it_may_not_be_used(
    performer: Performer, tiny_body: BodyModel, synthesizer: Synthesizer
) -> None:
    assert performer.references is not None
    far = replace(performer, references=performer.references.apart_from(set(range(6))))
    clip = small_clip(tiny_body)
    short = replace(
        clip.motion,
        pose=clip.motion.pose[:3],
        confidence=clip.motion.confidence[:3],
        foot_contacts=clip.motion.foot_contacts[:3],
    )
    near, other = (next(iter(synthesizer(one, short))).rgb for one in (performer, far))
    truth, person = next(iter(clip.video)), clip.masks[0] > 127
    assert psnr(other, truth, person) < psnr(near, truth, person)


@pytest.mark.slow
def test_a_network_that_has_not_learned_leaves_everything_to_geometry(
    performer: Performer, synthesizer: Synthesizer
) -> None:
    facts = replace(performer.facts, training=replace(performer.facts.training, steps=1))
    asked = replace(performer, facts=facts)
    motion = performer.facts.motion
    for one, other, _ in zip(synthesizer(performer, motion), synthesizer(asked, motion), range(3), strict=False):
        assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 1


@pytest.mark.slow
def test_its_references_travel_in_its_folder(performer: Performer, folder: Path, tmp_path: Path) -> None:
    spec = generator_spec(ReferenceJudge, SMPL_CHANNELS)
    save_performer(tmp_path / "one", performer, replace(spec, settings=MAKE), {}, references=folder)
    again = load_performer(tmp_path / "one")
    assert again.references is not None
    assert performer.references is not None
    assert torch.equal(again.references.frames.numbers, performer.references.frames.numbers)
    np.testing.assert_array_equal(again.references.read(2).foreground, performer.references.read(2).foreground)
    (tmp_path / "one" / "references" / "0002.jpg").unlink()
    with pytest.raises(ValueError, match=r"as it was written, got .*, where references/0002\.jpg is missing; copy"):
        load_performer(tmp_path / "one")


@pytest.mark.slow
def test_a_performer_without_references_cannot_be_painted_from_them(
    performer: Performer, synthesizer: Synthesizer
) -> None:
    with pytest.raises(ValueError, match="expected a performer with reference frames, got one without"):
        next(iter(synthesizer(replace(performer, references=None), performer.facts.motion)))


@pytest.mark.slow
def test_hands_that_no_reference_shows_by_themselves_are_told_of_and_warped(
    performer: Performer, tiny_body: BodyModel, synthesizer: Synthesizer
) -> None:
    known, motion = performer.references, small_clip(tiny_body).motion
    assert known is not None

    def holding(row: int) -> ReferencePicture:
        picture = known.read(row)
        return replace(picture, trusted=np.zeros_like(picture.trusted))

    lacking = replace(performer, references=replace(known, read=holding))
    of_hands, of_feet, of_head = synthesizer.notes(lacking, motion)
    assert "left or the right hand by itself" in of_hands
    assert "left foot or the right foot apart from the other leg" in of_feet
    assert "In 15 of 15 frames the head is turned as no frame of the target shows it" in of_head
    warped = replace(synthesizer, references=replace(synthesizer.references, **WARPED))
    assert warped.notes(lacking, motion) == ()
    for frame, expected in zip(synthesizer(lacking, motion), warped(lacking, motion), strict=True):
        np.testing.assert_array_equal(frame.rgb, expected.rgb)


@pytest.mark.slow
def test_hands_are_laid_over_the_rest_as_they_were_filmed(
    performer: Performer, tiny_body: BodyModel, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the small clip are six pixels long, too small to be cut out unless asked for."""
    motion = small_clip(tiny_body).motion
    warped = [frame.rgb for frame in synthesizer(performer, motion)]
    monkeypatch.setattr(hand_pictures, "LEAST_SIDE", 3.0)
    again = replace(performer, references=replace(performer.references))
    assert not any("hand" in note for note in synthesizer.notes(again, motion))
    hands_px = again.body.posed(motion.pose).joints_m[:, [joint("left_hand"), joint("right_hand")]]
    hands_px, _ = again.facts.camera.project(hands_px)
    y, x = np.mgrid[: SIZE.height, : SIZE.width]
    for number, frame in enumerate(synthesizer(again, motion)):
        apart = np.abs(frame.rgb.astype(float) - warped[number]).max(-1)
        near = np.zeros(apart.shape, bool)
        for left, top in hands_px[number].tolist():
            near |= np.hypot(x - left, y - top) < 12
        assert 0.5 < apart[near].mean() < 10
        assert apart[~near].mean() < 0.1 * apart[near].mean()  # shades spread a little


@pytest.mark.slow
def test_a_head_is_laid_over_the_rest_as_it_was_filmed_and_still_counts_as_the_body(
    performer: Performer, tiny_body: BodyModel, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Driven as it was filmed, each frame finds a head that is turned nearly alike; the small clip's has few pixels."""
    motion, head = performer.facts.motion, PARTS.index("head")
    warped = replace(synthesizer, references=replace(synthesizer.references, **WARPED))
    expected = list(warped(performer, motion))
    monkeypatch.setattr(part_pictures, "LEAST_RADIUS", 1.0)
    again = replace(performer, references=replace(performer.references))
    laid = list(replace(warped, references=replace(warped.references, whole_head=True))(again, motion))
    head_px, _ = again.facts.camera.project(again.body.posed(motion.pose).joints_m[:, joint("head")])
    y, x = np.mgrid[: SIZE.height, : SIZE.width]
    changes = []
    for frame, before, (left, top) in zip(laid, expected, head_px.tolist(), strict=True):
        assert ((frame.part == head) == (before.part == head)).mean() > 0.99
        assert (frame.part == head).any()
        apart = np.abs(frame.rgb.astype(float) - before.rgb).max(-1)
        near = np.hypot(x - left, y - top) < 14
        changes.append(apart[near].mean())
        assert apart[~near].mean() < max(0.5, 0.1 * apart[near].mean())
    assert np.mean(changes) > 0.5


@pytest.mark.slow
def test_a_head_far_outside_of_the_picture_is_not_laid_and_the_other_frames_are(
    performer: Performer, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One wrong number of a motion file may put a frame's body anywhere."""
    monkeypatch.setattr(part_pictures, "LEAST_RADIUS", 1.0)
    again, motion = replace(performer, references=replace(performer.references)), performer.facts.motion
    root_m = motion.pose.root_position_m.clone()
    root_m[1, 1] += 90
    thrown = replace(motion, pose=replace(motion.pose, root_position_m=root_m))
    frames = list(synthesizer(again, thrown))
    shown = [(frame.part == PARTS.index("head")).any() for frame in frames]
    assert shown == [frame != 1 for frame in range(len(motion))]


@pytest.mark.slow
def test_the_sources_expressions_choose_other_heads_and_what_says_none_is_told(
    performer: Performer, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reference is given an expression of its own, and the motion asks for one of them throughout."""
    monkeypatch.setattr(part_pictures, "LEAST_RADIUS", 1.0)
    known, motion = performer.references, performer.facts.motion
    assert known is not None
    settings = replace(synthesizer.references, **WARPED | {"whole_head": True})
    painter = replace(synthesizer, references=replace(settings, face="source"))
    assert "because nothing is known of those of the source and the performer" in painter.notes(performer, motion)[-1]

    def asking(row: int) -> set[int]:
        """The reference whose head most frames show."""
        openings = torch.arange(len(known.frames)).float()[:, None].expand(-1, 3) * 0.5
        pose = replace(known.frames.pose, face_openings=openings)
        expressive = replace(performer, references=replace(known, frames=replace(known.frames, pose=pose)))
        wanted = replace(motion, pose=replace(motion.pose, face_openings=openings[row].expand(len(motion), -1)))
        assert not any("expressions" in note for note in painter.notes(expressive, wanted))
        show = performer_parts(expressive, wanted, painter.references).head_and_feet["head"]
        turns = camera_from_joint(performer.body.posed(known.frames.pose), performer.facts.camera)[:, joint("head")]
        shown = [show.pictures[one].camera_from_part for one in show.shown if one >= 0]
        return {int((turns - one).abs().sum((1, 2)).argmin()) for one in shown}

    rows = [row for row in range(len(known.frames)) if asking(row)][:2]
    assert len(rows) == 2
    assert [asking(row) for row in rows] == [{row} for row in rows]
