"""Only the page's own requests are answered, and a password lets in who knows it."""

import asyncio
import base64
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from motion_transfer.app import guard as guarding
from motion_transfer.app.guard import HEADERS, make_guard, refused
from motion_transfer.app.server import AppSettings
from motion_transfer.app.users import add_user, read_users

OURS = {"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}
SENT = OURS | {"x-motion-transfer": "1"}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {"host": "127.0.0.1:7860"}),
        ("GET", "/", {"host": "localhost:7860", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}),
        ("GET", "/api/state", OURS),
        ("GET", "/api/state", {"host": "[::1]:7860"}),
        ("POST", "/api/jobs", SENT),
        ("POST", "/api/jobs", SENT | {"host": "dance.example", "origin": "https://dance.example"}),
    ],
)
def test_the_pages_own_requests_are_answered(method: str, path: str, headers: dict[str, str]) -> None:
    assert refused(method, path, headers, frozenset({"dance.example"})) is None


@pytest.mark.parametrize(
    ("method", "path", "headers", "told"),
    [
        ("GET", "/", {"host": "evil.example"}, "host that this server is called by"),
        ("GET", "/", {}, "host that this server is called by"),
        ("GET", "/", {"host": "127.0.0.1.evil.example"}, "host that this server is called by"),
        ("POST", "/api/jobs", SENT | {"origin": "http://evil.example"}, "whose origin is not the host"),
        ("POST", "/api/jobs", SENT | {"origin": "null"}, "whose origin is not the host"),
        ("POST", "/api/jobs", SENT | {"origin": "http://127.0.0.1:80"}, "whose origin is not the host"),
        ("POST", "/api/jobs", SENT | {"sec-fetch-site": "same-site"}, "another site"),
        ("GET", "/api/state", {"host": "localhost", "sec-fetch-site": "cross-site"}, "another site"),
        ("GET", "/jobs/0/a.mp4", {"host": "localhost", "sec-fetch-site": "cross-site"}, "another site"),
        ("POST", "/api/jobs", OURS, "x-motion-transfer"),
        ("DELETE", "/api/jobs", OURS, "x-motion-transfer"),
    ],
)
def test_requests_of_others_are_refused(method: str, path: str, headers: dict[str, str], told: str) -> None:
    said = refused(method, path, headers, frozenset())
    assert said is not None
    assert told in said


def test_a_server_for_others_asks_for_users() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        AppSettings(host=host)
    for host in ("0.0.0.0", "192.168.0.2", "dance.example", "::"):
        with pytest.raises(ValueError, match=r"make a file with app\.auth=FILE app\.add_user=NAME"):
            AppSettings(host=host)


@pytest.mark.slow
def test_a_password_is_kept_as_a_hash_and_the_last_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "users.txt"
    add_user(path, "anna", "correct horse")
    add_user(path, "ben", "battery staple")
    add_user(path, "anna", "another horse")
    text = path.read_text()
    assert len(text.splitlines()) == 2
    assert "horse" not in text
    assert path.stat().st_mode & 0o077 == 0
    users = read_users(path)
    assert users.name(basic("anna", "another horse")) == "anna"
    for wrong in (basic("anna", "correct horse"), basic("nobody", ""), basic("", ""), "", "Basic ???", "Bearer x"):
        assert users.name(wrong) is None
        assert not users.knows(wrong)
    assert users.knows(basic("anna", "another horse"))


@pytest.mark.parametrize(("name", "password"), [("a:b", "long enough"), ("../a", "long enough"), ("anna", "short")])
def test_names_and_passwords_that_would_not_do_are_refused(name: str, password: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected"):
        add_user(tmp_path / "users.txt", name, password)
    assert not (tmp_path / "users.txt").exists()


@pytest.mark.parametrize("text", ["", "anna\n", "anna:plain:aa:bb\n", "anna:scrypt:?:?\n"])
def test_a_file_without_users_is_told_in_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "users.txt").write_text(text)
    with pytest.raises(ValueError, match="expected a file of users, got"):
        read_users(tmp_path / "users.txt")


@pytest.mark.slow
def test_without_the_password_nothing_is_answered_and_every_answer_keeps_others_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "AFTER_MISTAKE_S", 0.0)
    add_user(tmp_path / "users.txt", "anna", "correct horse")
    users = read_users(tmp_path / "users.txt")
    status, headers, body = answer(None, users)
    assert (status, body) == (401, b"expected a user and a password")
    assert headers["www-authenticate"].startswith("Basic ")
    assert answer(basic("anna", "wrong"), users)[0] == 401
    status, headers, body = answer(basic("anna", "correct horse"), users)
    assert (status, body) == (200, b"private")
    assert set(HEADERS) <= set(headers)
    assert "'unsafe-" not in headers["content-security-policy"]


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def answer(authorization: str | None, users: object) -> tuple[int, dict[str, str], bytes]:
    """Ask a guarded page for something private."""

    async def private(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(f"private{Request(scope).url.query}")(scope, receive, send)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"host", b"localhost")]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    scope = {"type": "http", "method": "GET", "path": "/api/state", "headers": headers, "query_string": b""}
    asyncio.run(make_guard(private, frozenset(), users)(scope, receive, send))  # type: ignore[arg-type]
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]
