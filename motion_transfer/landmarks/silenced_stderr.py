"""Native libraries write to the process's stderr and have no switch for that."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Silence native libraries; Python's own stderr stays usable."""
    sys.stderr.flush()
    saved = os.dup(2)
    kept = os.fdopen(os.dup(2), "w", buffering=1)
    real, null = sys.stderr, os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    if real.fileno() == 2:
        sys.stderr = kept
    try:
        yield
    finally:
        sys.stderr = real
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
        kept.close()
