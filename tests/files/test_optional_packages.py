import sys
from pathlib import Path

import pytest

from motion_transfer.files.optional_packages import check_installed


def test_an_absent_package_is_named_with_the_extra_that_brings_it() -> None:
    message = r"expected the package Nothing for \.nil files, found none; pip install 'motion-transfer\[nil\]'"
    with pytest.raises(ValueError, match=message):
        check_installed("no_such_module_at_all", "Nothing", ".nil files", "nil")


def test_a_package_that_is_there_is_taken_and_not_imported_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    check_installed("slow_to_import", "slow", "arrays", "none")
    assert "slow_to_import" not in sys.modules
