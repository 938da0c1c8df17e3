"""A wrong override -> one sentence that names it and the right one."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from motion_transfer.configuration.renamed_settings import renamed


def correct(overrides: Sequence[str], defaults: Mapping[str, Any], folders: Sequence[Path]) -> str | None:
    """What is wrong with the first wrong override, and what was probably meant; None if each looks right.

    Args:
        defaults: the configuration without overrides.
        folders: those that hold YAML files, whose subfolders are the groups.
    """
    groups = {str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*") if path.is_dir()}
    names = set(keys(defaults)) | {group for group in groups if "__" not in group}
    for override in overrides:
        sentence = _wrong_name(override, names) or _wrong_option(override, folders)
        if sentence:
            return sentence
    return None


def _wrong_name(override: str, names: set[str]) -> str | None:
    name = override.lstrip("+~").split("=")[0].split("@")[0]
    if name in names or (override.startswith("+") and name.rpartition(".")[0] in names):
        return None
    now = renamed(override.lstrip("+~"))
    if now:
        return now
    by_last = {known.rsplit(".", 1)[-1]: known for known in sorted(names, key=len, reverse=True)}
    near = difflib.get_close_matches(name, names, 1, 0.5) or [
        by_last[last] for last in difflib.get_close_matches(name.rsplit(".", 1)[-1], by_last, 1, 0.5)
    ]
    hint = f"; did you mean {near[0]!r}?" if near else "; `--cfg job` lists them all"
    return f"expected the name of a setting, got {name!r}{hint}"


def _wrong_option(override: str, folders: Sequence[Path]) -> str | None:
    name, _, asked = override.lstrip("+~").partition("=")
    group = name.split("@")[0]
    options = sorted({path.stem for folder in folders for path in (folder / group).glob("*.yaml")})
    if not options or asked in options:
        return None
    now = renamed(override.lstrip("+~"))
    if now:
        return now
    near = difflib.get_close_matches(asked, options, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"expected {group} to be one of {', '.join(options)}, got {asked!r}{hint}"


def keys(node: object, prefix: str = "") -> Iterator[str]:
    """Dotted names of all settings in a configuration, groups of settings included."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield f"{prefix}{key}"
            yield from keys(child, f"{prefix}{key}.")
