"""Bodies that the tests share: a capsule body for speed, and the real free body, built once and cached on disk."""

import pytest
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.tiny_body import tiny_body as build_tiny_body
from motion_transfer.files.bodies import load_body

torch.set_num_threads(2)


@pytest.fixture(scope="session")
def tiny_body() -> BodyModel:
    return build_tiny_body()


@pytest.fixture(scope="session")
def free_body() -> BodyModel:
    """Slow the first time on a machine: mark tests that use it so."""
    return load_body("free", None)
