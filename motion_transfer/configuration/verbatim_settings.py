"""`NAME=VALUE` of a path, a name or free text -> the value as it stands, whatever letters it has.

Hydra's grammar gives brackets, commas, quotes and digits a meaning, and knows few letters beyond ASCII. Names of files
have no such grammar: `take(1).mp4`, `été.mp4` and `2024` mean themselves.
"""

import re
from contextlib import suppress
from pathlib import Path

Verbatim = Path | tuple[Path, ...] | None

FILES = (
    "source",
    "target",
    "clip",
    "mesh",
    "output",
    "performer",
    "work_dir",
    "data",
    "smpl_path",
    "character",
    "character_body",
    "folder",
    "markers",
    "mapping",
    "backbone",
    "pictures",
    "background",
    "report",
    "model",
    "source_mesh",
    "target_mesh",
    "truth",
)
NESTED_OF_THE_CHAIN = (
    "training.pretrained.folder",
    "training.objective.perceptual.weights",
    "fitting.estimator.weights",
)
FILES_OF_THE_CHAIN = ("smpl_path", "character", *NESTED_OF_THE_CHAIN)  # settings of every command that has the chain
NESTED_FILES = ("app.auth", *NESTED_OF_THE_CHAIN)
TEXTS = ("dancer", "like", "what", "person", "source_person", "target_person", "job.source_person", "job.target_person")
LISTS = ("clips", "motions")
NOTHING = ("", "null")
ITEM = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,]*))\s*(?:,|$)""")


def verbatim(word: str) -> tuple[str, Verbatim] | None:
    """The setting of a word and its value; None for a word whose value is Hydra's to read.

    `null` and an empty value stand for None, and a leading `~` of a path for the home folder, which shells leave alone
    behind an equals sign. Text is given as a path, because in text of a configuration `${...}` would be a reference.
    """
    name, equals, text = word.partition("=")
    if not equals or name not in (*FILES, *NESTED_FILES, *TEXTS, *LISTS):
        return None
    if name in LISTS:
        return name, _listed(text)
    if text in NOTHING:
        return name, None
    return name, Path(text) if name in TEXTS else _at_home(text)


def listed(given: Verbatim) -> tuple[Path, ...]:
    """What was given so far for a setting that takes several files."""
    return given if isinstance(given, tuple) else ()


def _listed(text: str) -> tuple[Path, ...]:
    """`[a.mp4,"b,c.mp4"]`, or one name without brackets; what holds a comma stands in quotes."""
    if text in (*NOTHING, "[]"):
        return ()
    if not (text.startswith("[") and text.endswith("]")):
        return (_at_home(text),)
    inner = text[1:-1]
    items = [next(filter(None, found.groups()), "").strip() for found in ITEM.finditer(inner)]
    return tuple(_at_home(item) for item in items if item)


def _at_home(text: str) -> Path:
    with suppress(RuntimeError):  # nobody of that name has a home, so it is the name of a file
        return Path(text).expanduser()
    return Path(text)
