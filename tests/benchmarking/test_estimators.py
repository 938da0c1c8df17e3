"""The page and the measurements of estimators of motion side by side."""

import json
from pathlib import Path

import pytest

from motion_transfer.benchmarking.convergence import SHARES, Convergence
from motion_transfer.commands import benchmark
from motion_transfer.configuration.compose import compose

SMALL = """
    only=[estimators] device=cpu accuracy_seeds=[3] accuracy_px=240 drawn_s=1.0 drawn_texture_px=256
    estimators.turning_seeds=[] estimators.profile_seeds=[8]
    compared.smplify.solver.iterations=8 compared.hmr_smplify.solver.iterations=4
"""


def test_the_energy_at_half_is_that_of_the_network_against_the_last_of_the_landmarks() -> None:
    counts = tuple(round(100 * share) for share in SHARES)
    found = Convergence(iterations=counts, of_landmarks=(8.0, 5.0, 4.5, 4.0), of_network=(6.0, 4.4, 4.1, 3.9))
    assert found.energy_at_half == pytest.approx(1.1)


@pytest.mark.soak
@pytest.mark.slow
def test_every_estimator_is_measured_and_written(tmp_path: Path) -> None:
    measurements = benchmark.main(compose("benchmark", [*SMALL.split(), f"folder={tmp_path}"]))
    named = {one.name: one for one in measurements}
    assert named["PA-MPJPE of hmr_smplify"].bar.at_most
    for name in ("smplify", "hmr", "hmr_smplify"):
        assert 0 <= named[f"facing wrong in profiles, {name}"].value <= 100
    assert named["energy after half the iterations, dancer 3"].value > 0
    assert named["frames of the network"].value > 0
    assert list(json.loads((tmp_path / "benchmark.json").read_text())["figures"]) == list(named)
    page = (tmp_path / "estimators.md").read_text()
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith(("| dancers", "| profiles"))]
    assert [row[1] for row in rows] == 2 * ["smplify", "hmr", "hmr_smplify"]
    assert all(0 < float(row[3]) < 400 for row in rows)
    assert "| head | " in page
    (energies,) = (line.split(" | ")[2:] for line in page.splitlines() if line.startswith("| dancer 3 | network"))
    assert all(float(energy.strip(" |")) > 0 for energy in energies)
