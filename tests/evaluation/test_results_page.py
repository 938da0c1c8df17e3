"""The page of results says what was measured, and nothing that was not."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from motion_transfer.domain.quality import TrainingRun
from motion_transfer.evaluation.measured import Measured, Setup, StageCost, read_measured, write_measured
from motion_transfer.evaluation.provenance import Machine
from motion_transfer.evaluation.results_page import results_page

SETUP = Setup(
    code="c0de",
    commit="abc123",
    machine=Machine(processor="Some CPU", logical_cores=2, memory_gb=8.2, device="cpu"),
    versions={"python": "3.11.9", "torch": "2.9"},
)
PERFORMER = {
    "psnr": 24.14,
    "psnr_person": 17.06,
    "psnr_person_without_held": 17.26,
    "ssim": 0.8951,
    "flicker": 3.456,
    "flicker_of_truth": 3.211,
    "flicker_ratio": 1.0763,
    "detail": 0.634,
    "patch_mmd": 0.00791,
    "pose_error": 1.257,
    "nobody_found": 0.0,
    "face_found": 0.812,
    "frames": 72,
}
OF_THE_DRIVEN_BODY = ("pose_error", "nobody_found", "face_found")
MEDIAN = {name: score for name, score in PERFORMER.items() if name not in OF_THE_DRIVEN_BODY} | {
    "psnr_person_without_held": 12.05,
    "patch_mmd": None,
}


def measurement() -> Measured:
    return Measured(
        kind="pair",
        subject="pair 3",
        method="condition=smpl",
        minutes=2.5,
        training=TrainingRun(steps=637, seconds=150.0, device="cpu"),
        scores={"performer": PERFORMER, "temporal_median": MEDIAN},
        stages={
            "target_detect": StageCost(name="target: detect", seconds=12.34),
            "source_fit": StageCost(name="source: fit", seconds=None),
        },
        fallbacks=("a foot was not planted",),
        date="2030-01-02T03:04:05+00:00",
        load=0.25,
        setup=SETUP,
    )


def rows(page: str, *begin: str) -> list[list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")
    ]
    return [row for row in cells if row[: len(begin)] == list(begin)]


def test_every_score_stands_in_the_row_of_its_method() -> None:
    page = results_page([measurement()])
    (performer,) = rows(page, "pair 3", "performer, condition=smpl, 2.5 minutes")
    pictures, driven, steady = ["24.1", "17.1", "17.3", "0.895", "0.63", "0.0079"], ["1.26", "0.00", "0.81"], ["3.46"]
    assert performer[2:] == ["637", *pictures, *driven, *steady, "1.08"]
    (median,) = rows(page, "pair 3", "temporal median of the training frames")
    assert median[2:] == ["", "24.1", "17.1", "12.1", "0.895", "0.63", *["not measured"] * 4, *steady, "1.08"]


def test_what_a_training_cost_stands_where_it_was_measured() -> None:
    assert not {"steps/s", "GPU memory, GiB"} & set(rows(results_page([measurement()]), "subject")[0])
    on_cpu = replace(measurement(), training=replace(measurement().training, steps_per_s=4.246))
    page = results_page([on_cpu])
    assert rows(page, "subject")[0][2:5] == ["steps", "steps/s", "PSNR whole"]
    assert rows(page, "pair 3", "performer, condition=smpl, 2.5 minutes")[0][2:5] == ["637", "4.25", "24.1"]
    on_gpu = replace(on_cpu, training=replace(on_cpu.training, gpu_memory_mib=2560.0), method="other")
    page = results_page([on_cpu, on_gpu])
    assert rows(page, "pair 3", "performer, other, 2.5 minutes")[0][2:6] == ["637", "4.25", "2.5", "24.1"]
    assert rows(page, "pair 3", "performer, condition=smpl, 2.5 minutes")[0][4] == "not measured"
    head, median = rows(page, "subject")[0], rows(page, "pair 3", "temporal median of the training frames")[0]
    assert len(head) == len(median)
    assert median[2:5] == ["", "", ""]


def test_baselines_stand_once_for_a_subject_under_several_conditions() -> None:
    page = results_page([measurement(), replace(measurement(), method="condition=stick")])
    assert len(rows(page, "pair 3", "performer, condition=stick, 2.5 minutes")) == 1
    assert len(rows(page, "pair 3", "temporal median of the training frames")) == 1


@pytest.mark.parametrize(("median", "words"), [(12.06, "5.2 dB above"), (18.26, "1.0 dB below")])
def test_the_performer_is_compared_in_words_with_the_best_baseline(median: float, words: str) -> None:
    scores = {"performer": PERFORMER, "temporal_median": MEDIAN | {"psnr_person_without_held": median}}
    page = results_page([replace(measurement(), scores=scores)])
    assert (
        f"pair 3, condition=smpl, 2.5 minutes: the painted person is {words} the best baseline, temporal median" in page
    )


def test_the_setup_and_what_went_wrong_are_stated() -> None:
    page = results_page([measurement()])
    for words in ("abc123", "c0de", "Some CPU, 2 logical cores", "8 GB", "torch 2.9", "2030-01-02", "2.5 minutes"):
        assert words in page, words
    assert "- pair 3, condition=smpl, 2.5 minutes: a foot was not planted" in page


def test_a_stage_that_was_found_has_no_seconds() -> None:
    page = results_page([measurement()])
    assert rows(page, "target: detect") == [["target: detect", "12.3"]]
    assert rows(page, "source: fit") == [["source: fit", "found"]]


def test_a_sheet_beside_the_page_is_shown_in_the_section_of_its_subject() -> None:
    clip = replace(measurement(), kind="clip", subject="a.mp4")
    page = results_page([measurement(), clip], {"pair 3": "results_pair_3.jpg"})
    shown = page.index("(results_pair_3.jpg)")
    assert page.index("## Synthetic pairs") < shown < page.index("## Clips")
    assert page.count("pixel by pixel") == 1
    assert "pixel by pixel" not in results_page([measurement(), clip])


def test_methods_on_the_same_subjects_are_put_side_by_side() -> None:
    def of(subject: str, method: str, **scores: float) -> Measured:
        return replace(measurement(), subject=subject, method=method, scores={"performer": PERFORMER | scores})

    measured = [
        of("pair 3", "ours", patch_mmd=0.001, detail=0.8, pose_error=float("nan")),
        of("pair 3", "other", patch_mmd=0.003, detail=1.2, ssim=0.9),
        of("pair 4", "ours", patch_mmd=0.003, detail=0.9),
        of("pair 4", "other", patch_mmd=0.002, detail=1.2, pose_error=1.0),
        of("pair 5", "ours", patch_mmd=0.9),  # the other was not measured on it
    ]
    page = results_page(measured)
    side_by_side = page[page.index("## Methods side by side") :]
    head = rows(side_by_side, "method")[0]
    ours, other = (rows(side_by_side, name)[0] for name in ("ours", "other"))
    for title, figures in {"patch MMD": ("0.0020", "0.0025"), "pose error": ("1.26", "1.00")}.items():
        assert (ours[head.index(title)], other[head.index(title)]) == figures
    # 1.2 is farther from 1 than 0.85 is: the distance is a ratio.
    assert (
        "- other, 2.5 minutes, is better than ours on the mean at SSIM, pose error; on pair 3 at SSIM, detail; "
        "on pair 4 at patch MMD, pose error." in side_by_side
    )


def test_a_method_in_whose_results_nobody_is_found_takes_no_mean_from_the_others() -> None:
    nobody = {"performer": PERFORMER | {"pose_error": None, "patch_mmd": 0.001}}
    page = results_page([measurement(), replace(measurement(), method="other", scores=nobody)])
    side_by_side = page[page.index("## Methods side by side") :]
    column = rows(side_by_side, "method")[0].index("pose error")
    found = [rows(side_by_side, name)[0][column] for name in ("condition=smpl", "other")]
    assert found == ["1.26", "not measured"]
    # Of one subject the means tell all.
    assert "- other, 2.5 minutes, is better than condition=smpl on the mean at patch MMD.\n" in side_by_side


def test_one_method_alone_is_not_compared() -> None:
    assert "side by side" not in results_page([measurement(), replace(measurement(), subject="pair 4")])


def test_a_kind_that_was_not_measured_has_no_section() -> None:
    assert "## Clips" not in results_page([measurement()])
    page = results_page([replace(measurement(), kind="clip", subject="a.mp4")])
    assert "## Clips" in page
    assert "## Synthetic pairs" not in page


def test_measurements_of_two_versions_or_machines_never_share_a_page() -> None:
    slower = replace(SETUP, machine=replace(SETUP.machine, logical_cores=1))
    for other in (replace(SETUP, code="other"), slower):
        with pytest.raises(ValueError, match="one version on one machine"):
            results_page([measurement(), replace(measurement(), setup=other)])
    with pytest.raises(ValueError, match="at least one measurement"):
        results_page([])


def test_a_measurement_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    write_measured(path, measurement())
    assert asdict(read_measured(path)) == asdict(measurement())
    lacking = replace(measurement(), scores={"performer": PERFORMER | {"psnr_person": float("nan")}})
    write_measured(path, lacking)
    assert read_measured(path).scores["performer"]["psnr_person"] is None


def test_a_damaged_measurement_is_named(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    whole = (write_measured(path, measurement()), path.read_text())[1]
    deep = "[" * 100_000
    for text in ("", "{}", '{"setup": 3}', deep, whole.replace('"minutes": ', '"minutes": [1], "x": ')):
        path.write_text(text)
        with pytest.raises(
            ValueError, match=r"expected a measurement, got .*one\.json .*; delete it to measure anew"
        ) as said:
            read_measured(path)
        assert "\n" not in str(said.value)
