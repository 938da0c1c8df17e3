"""Settings out of a performer's folder -> settings that may be built from: values for classes that are known here.

A performer may come from a stranger, and a configuration may name anything that can be called. So a file may only give
values for constructor calls that stand in the project's own YAML files or that the user chose.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from motion_transfer.configuration.composition import config_dir

TARGET = "_target_"
DEEPEST = 20
Calls = Mapping[str, frozenset[str]]


def trusted_settings(stored: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Check settings that a file holds, and give them.

    Args:
        chosen: the configuration of the user, who may name classes of their own in it.

    Raises:
        ValueError: the file names a class that is not known here, gives one an argument that is not, refers to
            something outside of itself, or nests too deep.
    """
    known = {**_own_calls()}
    for target, names in _calls(chosen):
        known[target] = known.get(target, frozenset()) | names
    return {name: _checked(setting, name, known) for name, setting in stored.items()}


def _checked(setting: Any, where: str, known: Calls) -> Any:
    if where.count(".") > DEEPEST:
        raise _refused(f"{where[:60]}...", f"settings nested more than {DEEPEST} deep")
    match setting:
        case None | bool() | int() | float():
            return setting
        case str() if "${" not in setting:
            return setting
        case list():
            return [_checked(item, f"{where}.{index}", known) for index, item in enumerate(setting)]
        case dict():
            _check_call(setting, where, known)
            return {name: _checked(item, f"{where}.{name}", known) for name, item in setting.items()}
    raise _refused(where, repr(setting))


def _check_call(settings: dict[str, Any], where: str, known: Calls) -> None:
    """A mapping with the name of a class is a constructor call; in any other no name begins with an underscore."""
    target = settings.get(TARGET)
    if TARGET in settings and not (isinstance(target, str) and target in known):
        raise _refused(where, f"{TARGET}: {target}")
    allowed = frozenset() if target is None else known[target]
    odd = [name for name in settings if name not in allowed and (target is not None or name.startswith("_"))]
    if odd:
        raise _refused(where, f"{odd[0]} for {target or 'a mapping'}")


def _refused(where: str, got: str) -> ValueError:
    return ValueError(
        f"expected settings of the performer for classes that are known here, got {got} in {where}; "
        "if you trust it, choose the class in your own configuration, else leave out clip="
    )


@cache
def _own_calls() -> Calls:
    """The constructor calls in the project's YAML files: names of classes, and of the arguments that each is given."""
    known: dict[str, frozenset[str]] = {}
    for path in sorted(config_dir().rglob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for target, names in _calls(content):
            more = _places(content) if target == content.get(TARGET) else frozenset()
            known[target] = known.get(target, frozenset()) | names | more
    return known


def _places(content: Mapping[str, Any]) -> frozenset[str]:
    """Where a file of settings puts the options of other groups: `/training@prior: ...` at `prior`."""
    groups = [group for entry in content.get("defaults", []) if isinstance(entry, Mapping) for group in entry]
    return frozenset(group.rpartition("@")[2].rpartition("/")[2].partition(".")[0] for group in groups)


def _calls(node: Any) -> Iterator[tuple[str, frozenset[str]]]:
    if isinstance(node, Mapping):
        if TARGET in node:
            yield node[TARGET], frozenset(map(str, node))
        for child in node.values():
            yield from _calls(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _calls(child)
