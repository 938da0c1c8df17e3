"""Who may ask: known hosts, the page's own origin and known users. All others get a refusal and nothing else."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from motion_transfer.app.users import Users

READ = ("GET", "HEAD")
OWN_HEADER = "x-motion-transfer"  # which no page of another origin can send without asking first
AFTER_MISTAKE_S = 1.0
AT_ONCE = 4  # passwords that are checked at a time
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Passes on what may be asked, and adds headers that keep other origins out of every answer.

    Attributes:
        app: answers.
        hosts: names that the page may be asked under, beside addresses in numbers and `localhost`. A name of another's
            could lead to this machine, and a page of theirs would then be of our origin.
        users: None lets everybody in.
    """

    app: ASGIApp
    hosts: frozenset[str]
    users: Users | None
    limiter: anyio.Semaphore

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = refused(scope["method"], scope["path"], headers, self.hosts)
        if refusal is not None:
            await PlainTextResponse(refusal, 403)(scope, receive, send)
            return
        if self.users is not None and not await self._known(self.users, headers.get("authorization", "")):
            asking = {"www-authenticate": 'Basic realm="motion_transfer", charset="UTF-8"'}
            await PlainTextResponse("expected a user and a password", 401, asking)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                for name, text in HEADERS.items():
                    answered.setdefault(name, text)
            await send(message)

        await self.app(scope, receive, send_guarded)

    async def _known(self, users: Users, authorization: str) -> bool:
        if not authorization or users.knows(authorization):
            return bool(authorization)
        async with self.limiter:
            name = await anyio.to_thread.run_sync(users.name, authorization)
            if name is None:
                await anyio.sleep(AFTER_MISTAKE_S)
        return name is not None


def make_guard(app: ASGIApp, hosts: frozenset[str], users: Users | None) -> Guard:
    """A guard of an app."""
    return Guard(app=app, hosts=hosts, users=users, limiter=anyio.Semaphore(AT_ONCE))


def refused(method: str, path: str, headers: Mapping[str, str], hosts: frozenset[str]) -> str | None:
    """Why a request is refused, in one line; None where it may be answered."""
    host = headers.get("host", "")
    if not _is_ours(_name(host), hosts):
        return "expected a host that this server is called by; add yours with app.names=[NAME]"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return (
            "expected a request of this page's own, got one whose origin is not the host that it asks; a proxy has to "
            "pass the header Host on as it comes, with its port"
        )
    site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "")
    followed = method in READ and mode == "navigate" and path == "/"
    if site not in ("same-origin", "none") and not followed:
        return "expected a request of this page's own, got one of another site"
    if method not in READ and OWN_HEADER not in headers:
        return f"expected the header {OWN_HEADER} with what changes something"
    return None


def _name(host: str) -> str:
    """`localhost:80` and `[::1]:80` without their ports."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_ours(name: str, hosts: frozenset[str]) -> bool:
    if name == "localhost" or name in hosts:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
