"""Users and their passwords in a file: a line each, `NAME:scrypt:SALT:HASH`; nobody can read a password from it."""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from motion_transfer.files.paths import name_of_own
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing

COST, BLOCK, PARALLEL, LENGTH = 1 << 15, 8, 1, 32  # of scrypt: 32 MB and about a tenth of a second
MEMORY = 128 * COST * BLOCK * 2
MOST_BYTES, MOST_KNOWN, SHORTEST = 1 << 20, 1000, 10
KIND = "scrypt"


class Users:
    """Tells whether a name and a password belong together.

    Args:
        hashes: salt and hash of each name's password.
    """

    def __init__(self, hashes: dict[str, tuple[bytes, bytes]]) -> None:
        self._hashes = hashes
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, str] = {}  # what has been found right, so that scrypt is not run for every request

    def name(self, authorization: str) -> str | None:
        """The user of a header `Authorization: Basic ...`; None where name or password are wrong."""
        digest = hmac.digest(self._key, authorization.encode(), "sha256")
        if digest in self._known:
            return self._known[digest]
        name, password = _credentials(authorization)
        salt, right = self._hashes.get(name, (b"nobody has this", b""))
        if not hmac.compare_digest(_hashed(password, salt), right):
            return None
        if len(self._known) < MOST_KNOWN:
            self._known[digest] = name
        return name

    def knows(self, authorization: str) -> bool:
        """Whether the header was found right before, which takes no time to tell."""
        return hmac.digest(self._key, authorization.encode(), "sha256") in self._known


def read_users(path: Path) -> Users:
    """The users in a file.

    Raises:
        FileNotFoundError: there is no file.
        ValueError: it holds no users, or something else.
    """
    with reading("a file of users", path, remedy="make one with app.add_user=NAME", most_bytes=MOST_BYTES):
        found = dict(_line(text) for text in path.read_text(encoding="utf-8").splitlines() if text.strip())
        if not found:
            raise ValueError("it names nobody")
    return Users(found)


def add_user(path: Path, name: str, password: str) -> None:
    """Write a user into a file, in place of one of that name.

    Raises:
        ValueError: the name is none, or the password is too short.
    """
    if ":" in name_of_own(name, "a user"):
        raise ValueError(f"expected a name without a colon, got {name!r}; take another one")
    if len(password) < SHORTEST:
        raise ValueError(f"expected a password of at least {SHORTEST} letters, got {len(password)}; take a longer one")
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    salt = secrets.token_bytes(16)
    words = (name, KIND, *(base64.b64encode(part).decode() for part in (salt, _hashed(password, salt))))
    others = [line for line in before if line.partition(":")[0] != name]
    with replacing(path) as fresh:
        fresh.touch(mode=0o600)
        fresh.write_text("\n".join([*others, ":".join(words)]) + "\n", encoding="utf-8")


def _line(text: str) -> tuple[str, tuple[bytes, bytes]]:
    name, kind, salt, hashed = text.split(":")
    if kind != KIND:
        raise ValueError(f"it hashes by {kind}")
    return name, (base64.b64decode(salt, validate=True), base64.b64decode(hashed, validate=True))


def _credentials(authorization: str) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:
        text = ""
    name, _, password = text.partition(":")
    return name, password


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=MEMORY, dklen=LENGTH)
