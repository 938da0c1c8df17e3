"""The constructor call in a YAML file, perhaps the user's own -> a part of the chain, or one line on what is wrong."""

from collections.abc import Mapping
from typing import Any, TypeVar

import hydra
from hydra.errors import InstantiationException

PartT = TypeVar("PartT")


def make_part(settings: Mapping[str, Any], place: str, protocol: type[PartT], **extra: Any) -> PartT:
    """Make a part, and check that it can be what its place in the chain asks for.

    Args:
        settings: the constructor call: `_target_` and its arguments.
        place: of the settings in the configuration, for errors.
        protocol: that the part has to satisfy; runtime-checkable.
        extra: arguments that no file can hold, such as the body model.

    Raises:
        ValueError: there is no such class, it does not take its settings or refuses them, or it lacks a method.
    """
    try:
        made = hydra.utils.instantiate(settings) if not extra else complete_part(settings, **extra)
    except (InstantiationException, TypeError) as mistake:
        raise _explained(mistake, settings, place) from mistake
    if not isinstance(made, protocol):
        raise ValueError(
            f"expected {place} to satisfy {protocol.__name__}, got {type(made).__qualname__}; "
            f"give it what {protocol.__module__}.{protocol.__name__} lists"
        )
    return made


def complete_part(settings: Mapping[str, Any], **extra: Any) -> Any:
    """Make a part with arguments that no file can hold; Hydra would turn values among them into configurations."""
    return hydra.utils.instantiate(settings, _partial_=True)(**extra)


def _explained(mistake: BaseException, settings: Mapping[str, Any], place: str) -> ValueError:
    cause = mistake
    while isinstance(cause, InstantiationException) and cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ValueError):
        return ValueError(str(cause))
    return ValueError(
        f"expected {place} to be a call of {settings.get('_target_')} that works, got: {' '.join(str(cause).split())}; "
        "correct its YAML file, or make the class importable"
    )
