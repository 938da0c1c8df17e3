"""Settings -> the running server: addresses, the guard before them, and a worker beside them."""

import contextlib
import ipaddress
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from motion_transfer.app.checks import Checks
from motion_transfer.app.endpoints import Endpoints
from motion_transfer.app.guard import Guard, make_guard
from motion_transfer.app.job_requests import EXAMPLES, JobRequests
from motion_transfer.app.users import Users, read_users
from motion_transfer.app.views import Views
from motion_transfer.configuration.mistakes import USER_MISTAKES, one_line
from motion_transfer.jobs.store import Store
from motion_transfer.jobs.uploads import TooLargeError, UploadLimits, Uploads
from motion_transfer.jobs.worker import JobProcess, Worker, WorkerSettings, start_job

STOPS_WITHIN_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Where and to whom the page is shown.

    Attributes:
        host: the address that is listened on; any but the loopback one asks for users.
        names: further names that the server is called by, such as that of a proxy.
        auth: a file of users; None lets in whoever reaches the page.
        overrides: settings of every job, as `transfer` takes them.
        most_jobs: that may wait.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    names: tuple[str, ...] = ()
    auth: Path | None = None
    overrides: tuple[str, ...] = ()
    most_jobs: int = 100
    limits: UploadLimits = field(default_factory=UploadLimits)
    work: WorkerSettings = field(default_factory=WorkerSettings)

    def __post_init__(self) -> None:
        if not (is_loopback(self.host) or self.auth is not None):
            raise ValueError(
                f"expected users for app.host={self.host}, which others can reach, got none; "
                "make a file with app.auth=FILE app.add_user=NAME and give app.auth=FILE"
            )
        if self.most_jobs < 1:
            raise ValueError(f"expected app.max_jobs of at least 1, got {self.most_jobs}; leave it out")


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make_app(store: Store, settings: AppSettings, start: Callable[[Store, str], JobProcess] = start_job) -> Guard:
    """The app over a store; with it a worker begins and ends.

    Args:
        start: gives the process of a job.
    """
    uploads = Uploads(store.root / "uploads", settings.limits)
    worker = Worker(store, settings.work, start)
    checks, views = Checks(store, uploads), Views(store, uploads, worker)
    endpoints = Endpoints(
        store=store,
        uploads=uploads,
        checks=checks,
        views=views,
        requests=JobRequests(store=store, uploads=uploads, overrides=settings.overrides, most_jobs=settings.most_jobs),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        stop = threading.Event()
        working = threading.Thread(target=worker.run, args=(stop,), name="worker")
        working.start()
        checks.begin_left()
        try:
            yield
        finally:
            checks.cancel()
            stop.set()
            working.join()

    app = Starlette(
        routes=_routes(endpoints, settings),
        lifespan=lifespan,
        exception_handlers=dict.fromkeys(USER_MISTAKES, _told),
    )
    users: Users | None = None if settings.auth is None else read_users(settings.auth)
    return make_guard(app, frozenset(settings.names), users)


def serve(store: Store, settings: AppSettings, start: Callable[[Store, str], JobProcess] = start_job) -> None:
    """Serve until a signal ends it; `start` as for the app."""
    config = uvicorn.Config(
        make_app(store, settings, start),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=STOPS_WITHIN_S,
        ws="none",
        access_log=False,
    )
    uvicorn.Server(config).run()


def _routes(endpoints: Endpoints, settings: AppSettings) -> list[Route | Mount]:
    environment = Environment(
        loader=PackageLoader("motion_transfer.app", "templates"), autoescape=True, undefined=StrictUndefined
    )
    limits = settings.limits
    known = {"most_bytes": int(limits.max_upload_mb * 1e6), "max_upload_mb": limits.max_upload_mb}
    text = environment.get_template("page.html").render(
        examples=EXAMPLES, limits=limits, known=json.dumps(known), host=settings.host
    )

    async def page(_: Request) -> Response:
        return HTMLResponse(text, headers={"cache-control": "no-cache"})

    return [
        Route("/", page),
        Route("/api/state", endpoints.state),
        Route("/api/jobs", endpoints.add_job, methods=["POST"]),
        Route("/api/jobs/{id}", endpoints.job),
        Route("/api/jobs/{id}/{verb}", endpoints.change_job, methods=["POST"]),
        Route("/jobs/{id}/{name}", endpoints.job_file),
        Route("/api/uploads", endpoints.upload, methods=["POST"]),
        Route("/api/uploads/{id}", endpoints.look_at_upload),
        Route("/posters/{kind}/{id}", endpoints.poster),
        Route("/examples/{name}", endpoints.example_poster),
        Route("/api/performers/{id}/{verb}", endpoints.change_performer, methods=["POST"]),
        Route("/performers/{id}.zip", endpoints.packed_performer),
        Mount("/static", StaticFiles(packages=[("motion_transfer.app", "static")])),
    ]


async def _told(_: Request, mistake: Exception) -> Response:
    """A mistake in the words of the command line."""
    return JSONResponse({"error": one_line(mistake)}, _status(mistake), headers=_closing(mistake))


def _status(mistake: Exception) -> int:
    if isinstance(mistake, TooLargeError):
        return 413
    return 507 if isinstance(mistake, OSError) else 400


def _closing(mistake: Exception) -> Mapping[str, str]:
    return {"connection": "close"} if isinstance(mistake, TooLargeError) else {}
