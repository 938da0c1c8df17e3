"""`demo` and `benchmark` run `transfer` with settings of their own."""

import pytest
from composed_configs import composed

from motion_transfer.chain import AS_IT_IS

INPUTS = {"source", "target", "performer", "output", "side_by_side", "given"}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["demo", "benchmark"])
def test_they_give_all_settings_that_a_transfer_reads(command: str) -> None:
    assert set(composed("transfer")) <= set(composed(command)) | set(AS_IT_IS) | INPUTS
