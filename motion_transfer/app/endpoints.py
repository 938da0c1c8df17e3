"""Requests of the page -> changes of the store and answers in JSON; every mistake is one line."""

import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from motion_transfer.app.checks import Checks
from motion_transfer.app.job_requests import PEOPLE, JobRequests
from motion_transfer.app.views import Views
from motion_transfer.files.replacing import remove
from motion_transfer.jobs.store import Store
from motion_transfer.jobs.uploads import Upload, Uploads

MOST_JSON = 1 << 16
VERBS = ("cancel", "finish", "resume", "delete")
TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".html": "text/html",
    ".json": "application/json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
PLAIN, BINARY = "text/plain", "application/octet-stream"
REPORT_POLICY = (
    "default-src 'none'; img-src data:; media-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Answers of each address of the app.

    Attributes:
        requests: makes jobs of what is asked for.
    """

    store: Store
    uploads: Uploads
    checks: Checks
    views: Views
    requests: JobRequests

    async def state(self, request: Request) -> Response:
        """Jobs, performers and room on the disk."""
        text = self.views.fresh() or await run_sync(self.views.state)
        return Response(text, media_type="application/json", headers={"cache-control": "no-store"})

    async def job(self, request: Request) -> Response:
        """All of one job."""
        found = await run_sync(self.views.job, request.path_params["id"])
        return JSONResponse(found, headers={"cache-control": "no-store"})

    async def add_job(self, request: Request) -> Response:
        """Queue a transfer: of uploads, of an example, or once more of another job."""
        asked = await _json(request)
        job = await run_sync(self.requests.add, asked)
        self.views.forget()
        return JSONResponse({"id": job.id}, 201)

    async def change_job(self, request: Request) -> Response:
        """Cancel, finish, resume or delete a job."""
        verb, id = request.path_params["verb"], request.path_params["id"]
        if verb not in VERBS:
            raise HTTPException(404)
        await run_sync(getattr(self.store, verb), self.store.get(id).id)
        self.views.forget()
        return JSONResponse({})

    async def job_file(self, request: Request) -> Response:
        """A file of a job; only names that its folder has and may show."""
        id, asked = request.path_params["id"], request.path_params["name"]
        name = next((known for known in self.views.files(id) if known == asked), None)
        if name is None:
            raise HTTPException(404)
        headers = {"cache-control": "no-cache"}
        if name.endswith(".html"):
            headers["content-security-policy"] = REPORT_POLICY
        if "download" in request.query_params:
            title = "".join(letter if letter.isalnum() else "_" for letter in self.store.get(id).title)
            return _file(self.store.folder(id) / name, headers, f"{title}.{name.removeprefix('result.')}")
        return _file(self.store.folder(id) / name, headers)

    async def upload(self, request: Request) -> Response:
        """Take a file: its bytes are the body, and its sender's name for it only a title."""
        length = request.headers.get("content-length", "")
        size = int(length) if length.isascii() and length.isdigit() else None
        receiving = await run_sync(self.uploads.begin, request.query_params.get("name", ""), size)
        try:
            async for chunk in request.stream():
                receiving.write(chunk)
        except (OSError, ValueError, ClientDisconnect):
            receiving.abort()
            raise
        made = receiving.finish()
        self.checks.begin(made.id)
        return JSONResponse(_shown(made), 201)

    async def look_at_upload(self, request: Request) -> Response:
        """What the check of an upload found so far."""
        found = await run_sync(self.uploads.get, request.path_params["id"])
        if found.performer:
            self.views.forget()
        return JSONResponse(_shown(found), headers={"cache-control": "no-store"})

    async def poster(self, request: Request) -> Response:
        """A picture of an upload or a performer."""
        kind, id = request.path_params["kind"], request.path_params["id"]
        path = self.uploads.poster(id) if kind == "uploads" else self.store.gallery.poster(id)
        if not path.is_file():
            raise HTTPException(404)
        return _file(path, {"cache-control": "no-cache"})

    async def example_poster(self, request: Request) -> Response:
        """A picture of a person of the examples."""
        if request.path_params["name"] not in PEOPLE:
            raise HTTPException(404)
        poster = PEOPLE[request.path_params["name"]].with_suffix(".jpg")
        return _file(poster, {"cache-control": "max-age=86400"})

    async def change_performer(self, request: Request) -> Response:
        """Rename or delete a performer."""
        verb, id = request.path_params["verb"], request.path_params["id"]
        if verb == "rename":
            name = str((await _json(request)).get("name", ""))
            await run_sync(self.store.gallery.rename, id, name)
        elif verb == "delete":
            await run_sync(self.store.gallery.delete, id)
        else:
            raise HTTPException(404)
        self.views.forget()
        return JSONResponse({})

    async def packed_performer(self, request: Request) -> Response:
        """A performer as one file."""
        id = request.path_params["id"]
        name = next((one.name for one in self.store.gallery.all() if one.id == id), "performer")
        folder = Path(tempfile.mkdtemp(prefix=".packed-", dir=self.store.root))
        try:
            await run_sync(self.store.gallery.pack, id, folder / "performer.zip")
        except BaseException:
            remove(folder)
            raise
        return FileResponse(
            folder / "performer.zip",
            filename=f"{name}.zip",
            media_type=BINARY,
            background=BackgroundTask(remove, folder),
        )


def _shown(upload: Upload) -> dict[str, Any]:
    known = asdict(upload)
    return {name: known[name] for name in ("id", "title", "kind", "state", "error", "facts", "performer", "size_bytes")}


def _file(path: Path, headers: dict[str, str], download_as: str | None = None) -> Response:
    kind = TYPES.get(path.suffix, PLAIN if path.suffix in (".txt", ".jsonl") else BINARY)
    return FileResponse(path, media_type=kind, headers=headers, filename=download_as)


async def _json(request: Request) -> dict[str, Any]:
    """The object in a request's body."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_JSON:
            raise ValueError(f"expected settings of at most {MOST_JSON} bytes, got more; leave some out")
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError) as broken:
        raise ValueError("expected settings as JSON, got something else; reload the page") from broken
    if not isinstance(content, dict):
        raise ValueError("expected an object of settings, got something else; reload the page")
    return content
