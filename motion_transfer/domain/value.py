"""`@value`: an immutable record whose tensors' shapes are checked when it is made; and checks of their numbers."""

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar, dataclass_transform

from beartype import BeartypeConf, beartype
from jaxtyping import jaxtyped
from torch import Tensor

T = TypeVar("T")


def _use_without_jax() -> None:
    """Use jaxtyping for the first time, when it imports jax, if that is installed, to shorten jax's own tracebacks.

    Mediapipe brings jax, nothing here uses it, and to import it takes most of a second.
    """
    modules: dict[str, ModuleType | None] = sys.modules  # pyright: ignore[reportAssignmentType]
    if "jax" not in modules:
        modules["jax"] = None  # who imports it meanwhile is told that there is none
        try:
            jaxtyped(typechecker=None)
        finally:
            del modules["jax"]


_use_without_jax()
_check = beartype(conf=BeartypeConf(is_pep484_tower=True))


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def value(cls: type[T]) -> type[T]:
    """Make a frozen, keyword-only dataclass whose fields must agree on every axis name they share.

    Raises:
        jaxtyping.TypeCheckError: at construction, where a field has the wrong type or two fields disagree on an axis.
    """
    return jaxtyped(typechecker=_check)(dataclass(frozen=True, slots=True, kw_only=True, eq=False)(cls))


def check_within(owner: str, low: float, high: float, **numbers: Tensor) -> None:
    """Refuse numbers out of a range, NaN among them.

    Args:
        owner: of the numbers, for the error.
        numbers: by their names.

    Raises:
        ValueError: some lie outside of [low, high].
    """
    for name, given in numbers.items():
        if given.numel() and not (given.amin() >= low and given.amax() <= high):  # NaN is neither
            outside = given[~((given >= low) & (given <= high))]
            raise ValueError(
                f"expected {name} of {owner} from {low:g} to {high:g}, got {float(outside[0]):g}; "
                "what it came from is damaged or far out of the ordinary"
            )
