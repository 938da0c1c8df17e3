"""What the tests check in calls of the package: that arguments and results are what signatures say."""

import pytest
import torch
from checked_shapes import CHECKED_CALLS
from jaxtyping import Float, TypeCheckError, jaxtyped
from late_beartype import late_beartype
from torch import Tensor

from motion_transfer.domain.video import ImageSize


@jaxtyped(typechecker=late_beartype)
def first(values: Float[Tensor, "frame joint"], count: int | str) -> Float[Tensor, "frame"]:
    return values[:, 0] if isinstance(count, int) else values[0]


def test_arguments_and_results_are_checked() -> None:
    for _ in range(2):
        assert first(torch.ones(2, 3), 1).shape == (2,)
        with pytest.raises(TypeCheckError, match=r"checking the parameters .*\n.*parameter 'count'"):
            first(torch.ones(2, 3), None)  # pyright: ignore[reportArgumentType]
        with pytest.raises(TypeCheckError, match="checking the parameters"):
            first(torch.ones(2), 1)
        with pytest.raises(TypeCheckError, match="checking the return value"):
            first(torch.ones(2, 3), "of a joint count, where that of frames belongs")


def test_a_result_may_have_any_size_that_no_argument_has() -> None:
    assert first(torch.ones(3, 3), "as many frames as joints").shape == (3,)


@pytest.mark.parametrize("test", [1, 2])
def test_a_function_is_checked_again_in_each_test_but_not_in_calls_without_end(test: int) -> None:
    for _ in range(CHECKED_CALLS):
        with pytest.raises(TypeCheckError):
            first(torch.ones(2), 1)
    assert first(torch.ones(2, 3), None).shape == (3,)  # pyright: ignore[reportArgumentType]


def test_values_are_checked_whenever_they_are_made() -> None:
    for _ in range(CHECKED_CALLS + 1):
        with pytest.raises(TypeCheckError):
            ImageSize(height=1, width="2")  # pyright: ignore[reportArgumentType]
