"""What refiners add to finished frames: nothing before training, nothing at a square's edge, and what they learned."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_footage import GENERATOR, small_clip, small_footage
from small_learner import hooks, make_learner
from small_performer import small_performer
from small_references import small_references

from motion_transfer.assembly import assemble_from
from motion_transfer.body.model import BodyModel
from motion_transfer.domain.video import Video
from motion_transfer.performers.learner import PerformerLearner
from motion_transfer.performers.part_windows import PartWindow, PartWindows, feather, part_channels
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.refiner_pairs import paint_pairs
from motion_transfer.performers.storage import load_performer, save_performer
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.synthesis.checkpoints import read_checkpoint
from motion_transfer.synthesis.generators.registry import generator_spec
from motion_transfer.synthesis.generators.unet import UNetGenerator
from motion_transfer.synthesis.refiners.refiner_file import FILES
from motion_transfer.synthesis.refiners.residual import ResidualRefiner

pytestmark = pytest.mark.filterwarnings("ignore")
SIDE_PX = 32
SMALL = {"side_px": SIDE_PX, "base_channels": 4, "levels": 1, "blocks": 1, "norm": "none"}
BRIGHTER = 0.5  # of colours in [-1, 1]
FRAMES = 3
REFINED = (
    "synthesis/refiner=face_and_hands",
    *("synthesis.refiner.network.base_channels=4", "synthesis.refiner.network.blocks=1"),
    *("synthesis.refiner.discriminator.base_channels=4", "synthesis.refiner.discriminator.layers=2"),
    *("synthesis.refiner.steps_between_validations=3", "synthesis.refiner.max_frames=6"),
    *("synthesis.refiner.side_px.head=32", "synthesis.refiner.side_px.hands=16", "synthesis.refiner.batch=2"),
    *("+training/callback@training.callbacks.end=step_budget", "training.callbacks.end.steps=12", "minutes=30"),
)


@pytest.fixture(scope="module")
def performer(tiny_body: BodyModel) -> Performer:
    return small_performer(
        small_footage(tiny_body),
        tiny_body,
        UNetGenerator(make_map_renderer("smpl", tiny_body).channels, **GENERATOR),
        held_out=2,
    )


def with_refiner(performer: Performer, added: float) -> Performer:
    """The performer with a refiner of the head that adds the same to every colour."""
    refiner = ResidualRefiner(part_channels(tuple(performer.renderer.channels)), **SMALL)
    with torch.no_grad():
        refiner.last.bias.fill_(added)  # pyright: ignore[reportOptionalMemberAccess]
    return replace(performer, refiners={"head": refiner.eval()})


def rendered(performer: Performer) -> list[np.ndarray]:
    synthesizer: Synthesizer = make_learner().synthesizer
    frames = synthesizer(performer, performer.facts.motion)
    return [next(frames).rgb for _ in range(FRAMES)]


@pytest.mark.slow
def test_an_untrained_refiner_leaves_every_pixel_as_it_was(performer: Performer) -> None:
    for refined, painted in zip(rendered(with_refiner(performer, 0)), rendered(performer), strict=True):
        assert np.array_equal(refined, painted)


@pytest.mark.slow
def test_what_a_refiner_adds_is_full_in_the_middle_of_the_head_and_nothing_at_the_edge(performer: Performer) -> None:
    before, after = rendered(performer)[0].astype(int), rendered(with_refiner(performer, BRIGHTER))[0].astype(int)
    channels = part_channels(tuple(performer.renderer.channels))
    windows = PartWindows(performer, performer.facts.motion, "head", SIDE_PX, channels)
    left, top, right, bottom = windows.boxes_px[0, 0].tolist()
    changed = (after != before).any(-1)
    rows, columns = np.nonzero(changed)
    assert left - 1 <= columns.min() < columns.max() <= right + 1
    assert top - 1 <= rows.min() < rows.max() <= bottom + 1
    x, y = int((left + right) / 2), int((top + bottom) / 2)
    expected = np.minimum(before[y, x] + round(127.5 * BRIGHTER), 255)
    assert np.abs(after[y, x] - expected).max() <= 2
    along = (after - before)[int(top) - 1 : y + 1, x].max(-1)  # from above the square to the middle of the head
    assert along[0] == 0
    assert along[1] <= 0.3 * along[-1]  # so small a head has hardly more than a pixel to fade over
    assert (np.diff(along) >= -2).all()


def test_a_square_of_another_size_than_the_head_shows_the_head_and_goes_back_to_it() -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[20:40, 30:50] = 100
    affine = np.array([[2.0, 0, -2 * 5], [0, 2.0, -2 * 5]])  # a square of 30 px from (30, 20) - 5 of its area
    window = PartWindow(
        area=(slice(10, 50), slice(20, 60)), square_from_area=affine, condition=torch.zeros(1, 1, 60, 60)
    )
    shown = window.cut(picture)
    assert shown.shape == (60, 60, 3)
    assert shown[30, 30].tolist() == [100] * 3
    assert shown[5, 5].tolist() == [0] * 3
    window.add(picture, torch.full((1, 3, 60, 60), 0.4))
    assert picture[30, 40].tolist() == [151] * 3
    assert picture[12, 22].tolist() == [0] * 3


def test_the_feather_is_one_inside_and_falls_to_nothing_at_every_edge() -> None:
    share = feather(SIDE_PX)
    assert share[SIDE_PX // 2, SIDE_PX // 2] == 1
    assert max(share[0].max(), share[-1].max(), share[:, 0].max(), share[:, -1].max()) < 0.1
    assert np.array_equal(share, share.T)


def test_a_head_that_is_tiny_or_outside_of_the_picture_is_left_alone(performer: Performer) -> None:
    channels = part_channels(tuple(performer.renderer.channels))
    windows = PartWindows(performer, performer.facts.motion, "head", SIDE_PX, channels)
    windows.boxes_px[0] = torch.tensor([10.0, 10.0, 18.0, 18.0])
    windows.boxes_px[1] = torch.tensor([-90.0, 10.0, -50.0, 50.0])
    assert [len(list(windows.at(frame))) for frame in range(3)] == [0, 0, 1]


@pytest.mark.slow
def test_a_performer_with_a_refiner_is_stored_read_and_painted(performer: Performer, tmp_path: Path) -> None:
    refined = with_refiner(performer, BRIGHTER)
    spec = generator_spec(partial(ResidualRefiner, **SMALL), refined.refiners["head"].channels)
    own = generator_spec(partial(UNetGenerator, **GENERATOR), performer.generator.channels)
    save_performer(tmp_path / "kept", refined, own, {}, refiners={"head": spec})
    again = load_performer(tmp_path / "kept")
    assert list(again.refiners) == ["head"]
    for one, other in zip(rendered(again), rendered(refined), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 3  # the texture is stored in whole grey levels
    (tmp_path / "kept" / FILES["head"]).unlink()
    with pytest.raises(ValueError, match=r"refiner_head\.npz is missing"):
        load_performer(tmp_path / "kept")


def test_a_refiner_of_other_maps_than_the_performers_is_refused(performer: Performer) -> None:
    with pytest.raises(ValueError, match="expected a refiner of head that reads maps of the generator, got one of fog"):
        replace(performer, refiners={"head": ResidualRefiner(("fog",), **SMALL)})
    with pytest.raises(ValueError, match="expected parts among head, hands, got knee"):
        replace(performer, refiners={"knee": ResidualRefiner(("u",), **SMALL)})


@pytest.mark.slow
def test_refiners_are_learned_after_the_generator_within_the_same_budget(tiny_body: BodyModel, tmp_path: Path) -> None:
    told: list[float] = []
    learn, footage, video = make_learner(*REFINED), small_footage(tiny_body), small_clip(tiny_body).video
    performer, trained = learn(footage, None, tmp_path, hooks(told), video)
    assert performer.facts.training.steps == 9  # of twelve
    assert len(told) == 9 + 2  # and an eighth of them, rounded, for the head
    assert told[-1] >= 0.75
    left_out = [note for note in performer.facts.fallbacks if "refiner of the head was left out" in note]
    assert len(performer.refiners) + len(left_out) == 1
    assert set(trained.refiners) == set(performer.refiners)
    for name in ("head.npz", "head_held_out.npz", "head/best.ckpt"):
        assert (tmp_path / "refiner" / name).is_file(), name
    # A hand has eight pixels there.
    assert [note for note in performer.facts.fallbacks if "refiner of the hands was not trained: too few" in note]


class Killed(Exception):
    """What ends a training in the middle."""


@pytest.mark.soak  # a training of refiners is resumed in tests/synthesis/test_refiners.py
@pytest.mark.slow
def test_a_training_that_was_killed_among_the_refiners_goes_on_there(
    tiny_body: BodyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_head = [word for word in REFINED if "hands" not in word]
    learn = make_learner("synthesis/refiner=face", *of_head, "training.callbacks.end.steps=48")
    footage, video = small_footage(tiny_body), small_clip(tiny_body).video
    told: list[float] = []

    def advance(done: float) -> None:
        told.append(done)
        if len(told) == 8:  # of 12, a quarter of 48
            raise Killed

    learn(footage, None, tmp_path / "whole", hooks(), video)
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")  # with the generator, whose training ends by the clock
    shutil.rmtree(tmp_path / "killed" / "refiner")
    with pytest.raises(Killed):
        learn(footage, None, tmp_path / "killed", hooks(advance=advance), video)
    monkeypatch.setattr("motion_transfer.performers.refiner_learning.paint_pairs", None)  # they were kept
    more: list[float] = []
    performer, _ = learn(footage, None, tmp_path / "killed", hooks(more), video)
    assert len(more) == 12 - 6  # the last checkpoint is that of the second validation
    best, resumed, whole = (
        read_checkpoint(tmp_path / place)["state_dict"]
        for place in ("whole/best.ckpt", "killed/refiner/head/last.ckpt", "whole/refiner/head/last.ckpt")
    )
    for name, weight in performer.generator.state_dict().items():
        assert torch.equal(weight, best[f"generator.{name}"]), name  # the refiner's training left it alone
    for name, weight in whole.items():
        torch.testing.assert_close(resumed[name], weight, atol=1e-5, rtol=0)


def judging_learner(folder: Path, *words: str) -> PerformerLearner:
    """As the command line makes it, of a network that chooses among warped references."""
    small = ("synthesis.generator.base_channels=4", "body=tiny", "device=cpu", "training.workers=0")
    quick = ("training.held_out.max_frames=2", "training.steps_between_validations=3", f"work_dir={folder}")
    return assemble_from(*small, *quick, *REFINED, *words).stages.learner.stage


@pytest.mark.slow
def test_without_minutes_a_refiner_does_nothing_and_says_so_once(tiny_body: BodyModel, tmp_path: Path) -> None:
    learn = judging_learner(tmp_path / "work", "minutes=0")
    references = small_references(tiny_body, tmp_path)
    performer, _ = learn(small_footage(tiny_body), references, tmp_path / "t", hooks(), small_clip(tiny_body).video)
    assert not performer.refiners
    assert len([note for note in performer.facts.fallbacks if "refiner" in note]) == 1
    assert not (tmp_path / "t" / "refiner").exists()


@pytest.mark.slow
def test_squares_to_learn_from_are_not_painted_from_the_frames_that_they_show(
    tiny_body: BodyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[set[int], set[int]]] = []

    def watch(performer: Performer, footage: RegisteredFootage, video: Video, indices: list[int], *rest: Any) -> Any:
        assert performer.references is not None
        asked.append(
            ({footage.crops.frames[index] for index in indices}, set(performer.references.frames.numbers.tolist()))
        )
        return paint_pairs(performer, footage, video, indices, *rest)

    monkeypatch.setattr("motion_transfer.performers.refiner_learning.paint_pairs", watch)
    learn = judging_learner(tmp_path / "work", "references.apart_s=0.1", "synthesis.refiner.folds=3")
    references = small_references(tiny_body, tmp_path)
    performer, _ = learn(small_footage(tiny_body), references, tmp_path / "t", hooks(), small_clip(tiny_body).video)
    assert len(asked) == 3 + 1
    held_out = asked[-1][0]
    for painted, used in asked:
        assert painted
        assert used
        assert not used & (painted | held_out)
    assert performer.references is references


@pytest.mark.slow
def test_a_training_that_is_asked_to_finish_leaves_the_refiners_out(tiny_body: BodyModel, tmp_path: Path) -> None:
    learn = make_learner(*REFINED)
    finishing = hooks(should_finish=lambda: True)
    performer, _ = learn(small_footage(tiny_body), None, tmp_path, finishing, small_clip(tiny_body).video)
    assert not performer.refiners
    assert len([note for note in performer.facts.fallbacks if "asked to finish before" in note]) == 1


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("synthesis.refiner.share=1", r"expected synthesis\.refiner\.share to be a number above 0 and below 1, got"),
        ("synthesis.refiner.side_px.head=130", "expected side_px divisible by 4 and up to 1024, got 130; try 128"),
        ("+synthesis.refiner.side_px.foot=64", "expected parts among head, hands, got foot; correct"),
        ("synthesis.refiner.network.norm=none_such", "expected a normalization among"),
        (
            "synthesis.refiner.network._target_=builtins.dict",
            "expected synthesis.refiner.network to be a PartRefiner, got dict",
        ),
    ],
)
@pytest.mark.slow
def test_a_wrong_setting_of_the_refiners_is_found_before_any_work(word: str, message: str, tmp_path: Path) -> None:
    words = ("synthesis/refiner=face", word, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    with pytest.raises(ValueError, match=message):
        assemble_from(*words)
