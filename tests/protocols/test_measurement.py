"""A measurement is made once for a subject, its settings, this code and this machine."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numbered_clips import write_clip

from motion_transfer import cli, measured_settings
from motion_transfer.domain.quality import TrainingRun
from motion_transfer.evaluation.measured import Kind, Setup
from motion_transfer.evaluation.provenance import Machine, code_digest
from motion_transfer.files.cache import Cache
from motion_transfer.files.clips import open_clip
from motion_transfer.files.pictures import read_rgb
from motion_transfer.protocols.measurement import Variant, measure_once
from motion_transfer.protocols.method_sheet import SHOWN, ShownFrames
from motion_transfer.protocols.split import Split
from motion_transfer.protocols.subjects import ClipSubject, Outcome
from motion_transfer.run import Run, Stage
from motion_transfer.stages import Stages

SETTINGS = {"condition": "maps", "minutes": 1.0}
SETUP = Setup(
    code="c0de",
    commit="abc",
    machine=Machine(processor="Some CPU", logical_cores=2, memory_gb=8.0, device="cpu"),
    versions={"torch": "2.9", "git_commit": "abc"},
)


@dataclass
class CountedSubject:
    """Counts how often it is measured; one of its two stages finds an earlier result."""

    name: str = "known"
    identity: tuple[object, ...] = ("digest",)
    kind: Kind = "clip"
    measured: list[Path] = field(default_factory=list)

    def measure(self, folder: Path, stages: Stages, run: Run) -> Outcome:
        self.measured.append(folder)
        for name in ("computed", "found"):
            with run.stage(Stage(name=name, phrase=name)) as step:
                step.cached = name == "found"
        training = TrainingRun(steps=3, seconds=1.0, device="cpu")
        return Outcome(scores={"performer": {"psnr": 20.0}}, training=training, fallbacks=())


@pytest.fixture
def assemble(tmp_path: Path) -> Callable[[], tuple[Stages, Run]]:
    return lambda: (cast(Stages, None), Run(Cache(tmp_path / "work")))


def refused() -> tuple[Stages, Run]:
    raise AssertionError("it was measured already")


def variant(assemble: Callable[[], tuple[Stages, Run]], settings: Mapping[str, Any] = SETTINGS) -> Variant:
    return Variant(name="smpl", settings=settings, assemble=assemble)


def test_the_second_time_a_measurement_is_found(tmp_path: Path, assemble: Callable[[], tuple[Stages, Run]]) -> None:
    subject = CountedSubject()
    first = measure_once(subject, variant(assemble), SETUP, tmp_path)
    again = measure_once(subject, variant(refused), replace(SETUP, commit="def"), tmp_path)
    assert asdict(again) == asdict(first)
    assert len(subject.measured) == 1
    assert first.stages["computed"].seconds is not None
    assert first.stages["found"].seconds is None


@pytest.mark.parametrize(
    ("settings", "setup", "identity"),
    [
        (SETTINGS | {"minutes": 2.0}, SETUP, ("digest",)),
        (SETTINGS | {"condition": "other maps"}, SETUP, ("digest",)),
        (SETTINGS, replace(SETUP, code="other"), ("digest",)),
        (SETTINGS, replace(SETUP, machine=replace(SETUP.machine, logical_cores=4)), ("digest",)),
        (SETTINGS, replace(SETUP, versions={"torch": "2.10"}), ("digest",)),
        (SETTINGS, SETUP, ("another clip",)),
    ],
)
def test_whatever_changes_the_figures_is_measured_anew(
    settings: dict[str, Any],
    setup: Setup,
    identity: tuple[object, ...],
    tmp_path: Path,
    assemble: Callable[[], tuple[Stages, Run]],
) -> None:
    subject = CountedSubject()
    measure_once(subject, variant(assemble), SETUP, tmp_path)
    measure_once(replace(subject, identity=identity), variant(assemble, settings), setup, tmp_path)
    first, second = subject.measured
    assert first != second


def test_a_measurement_that_fails_leaves_nothing_to_be_found(
    tmp_path: Path, assemble: Callable[[], tuple[Stages, Run]]
) -> None:
    class Failing(CountedSubject):
        def measure(self, folder: Path, stages: Stages, run: Run) -> Outcome:
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        measure_once(Failing(), variant(assemble), SETUP, tmp_path)
    subject = CountedSubject()
    measure_once(subject, variant(assemble), SETUP, tmp_path)
    assert len(subject.measured) == 1


def test_a_part_of_a_clip_is_named_by_its_frames(tmp_path: Path) -> None:
    clip = open_clip(write_clip(tmp_path / "clip.mp4", count=40))
    whole, part = (
        ClipSubject(clip=clip, split=split)
        for split in (Split(first=0, split=32, stop=40), Split(first=5, split=32, stop=40))
    )
    assert (whole.name, part.name) == ("clip.mp4", "clip.mp4, frames 5 to 39")
    assert whole.identity != part.identity


def test_the_digest_of_the_code_is_the_same_for_the_same_code() -> None:
    assert code_digest() == code_digest()
    assert len(code_digest()) == 32


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["pairs=[]"], "expected a subject and a condition, got none"),
        (["conditions=[]"], "expected a subject and a condition, got none"),
        (["conditions=[dots]"], "expected conditions out of smpl, stick, stick_depth, surface, got dots"),
        (["output=results.txt"], "ends in .md"),
        (["pairs=[]", "clips=[none.mp4:3-20]"], "expected a video, found no file at none.mp4"),
        (["pairs=[]", "clips=[clip.mp4:38-40]"], "got start=38, stop=40"),
        (["device=gpu"], "expected device=auto, cpu or cuda, got device=gpu"),
    ],
)
def test_what_cannot_be_measured_is_reported_before_any_work(
    words: list[str],
    part: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measured_settings, "assemble", pytest.fail)
    write_clip(tmp_path / "clip.mp4", count=40)
    with pytest.raises(SystemExit) as ended:
        cli.run("measure", words)
    assert ended.value.code == 2
    assert part in capfd.readouterr().err


@pytest.mark.slow
def test_every_subject_is_measured_under_every_condition_and_written_to_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", count=60)
    asked: list[tuple[str, str]] = []

    def outcome(subject: Any, folder: Path, stages: Stages, run: Run) -> Outcome:
        asked.append((subject.name, str(cast(Any, stages))))
        shown = ShownFrames(8)
        box, joints = np.array([2.0, 2.0, 30.0, 40.0]), np.full((24, 2), 20.0)
        for index in range(8):
            shown.add(index, *[np.full((48, 36, 3), 90, np.uint8)] * 2, box, box, joints)
        shown.write(folder / SHOWN)
        return CountedSubject().measure(folder, stages, run)

    for kind in ("PairSubject", "ClipSubject"):
        monkeypatch.setattr(f"motion_transfer.protocols.subjects.{kind}.measure", outcome)
    work = Run(Cache(tmp_path / "work"))
    monkeypatch.setattr(
        measured_settings, "_assembled", lambda config: (config.condition._target_.rpartition(".")[2], work)
    )
    words = ["pairs=[3]", "clips=[clip.mp4:10-60]", "conditions=[smpl,stick]"]
    cli.run("measure", [*words, "progress=none"])
    named = ("pair 3", "clip.mp4, frames 10 to 59")
    assert asked == [(name, condition) for name in named for condition in ("SmplMapRenderer", "StickMapRenderer")]
    page = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    assert all(name in page for name in named)
    assert (tmp_path / "docs" / "results.json").is_file()
    assert "(results_pair_3.jpg)" in page
    pictures = [path.name for path in (tmp_path / "docs").glob("*.jpg")]
    assert pictures == ["results_pair_3.jpg"], "no picture of anybody's clip is put beside the page"
    assert read_rgb(tmp_path / "docs" / "results_pair_3.jpg").shape[0] > 4 * 38
    cli.run("measure", words)
    assert len(asked) == 4, "what was measured is found again"
