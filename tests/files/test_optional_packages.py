import pytest

from motion_transfer.files.optional_packages import check_installed


def test_an_absent_package_is_named_with_the_extra_that_brings_it() -> None:
    message = r"expected the package Nothing for \.nil files, found none; pip install 'motion-transfer\[nil\]'"
    with pytest.raises(ValueError, match=message):
        check_installed("no_such_module_at_all", "Nothing", ".nil files", "nil")


def test_a_package_that_is_there_is_taken() -> None:
    check_installed("numpy", "numpy", "arrays", "none")
