"""Import this before the package: then each call in it is checked against the types and shapes of its signature."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jaxtyping import config, install_import_hook

sys.dont_write_bytecode = False  # compiling the package with its checks takes longer than most tests
install_import_hook("motion_transfer", "late_beartype.late_beartype")


@contextmanager
def unchecked() -> Iterator[None]:
    """Without the checks, as users run the package, to see what it says itself about a wrong argument."""
    config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        config.update("jaxtyping_disable", False)
