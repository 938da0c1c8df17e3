"""`@value`: an immutable record whose tensors' shapes are checked when it is made."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

from beartype import BeartypeConf, beartype
from jaxtyping import jaxtyped

T = TypeVar("T")
_check = beartype(conf=BeartypeConf(is_pep484_tower=True))


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def value(cls: type[T]) -> type[T]:
    """Make a frozen, keyword-only dataclass whose fields must agree on every axis name they share.

    Raises:
        jaxtyping.TypeCheckError: at construction, where a field has the wrong type or two fields disagree on an axis.
    """
    return jaxtyped(typechecker=_check)(dataclass(frozen=True, slots=True, kw_only=True, eq=False)(cls))
