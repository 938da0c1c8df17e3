"""`app`: the page in the browser, until Ctrl-C ends it."""

import getpass
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.commands.jobs import open_store
from motion_transfer.files.optional_packages import check_installed
from motion_transfer.jobs.uploads import UploadLimits
from motion_transfer.jobs.worker import WorkerSettings

PACKAGES = ("starlette", "uvicorn")


def main(config: DictConfig) -> None:
    """Write a user, or serve the page."""
    for package in PACKAGES:
        check_installed(package, package, "app", "app")
    from motion_transfer.app.server import AppSettings, serve
    from motion_transfer.app.users import add_user

    auth, asked = None if config.app.auth is None else Path(config.app.auth), config.app
    if asked.add_user is not None:
        if auth is None:
            raise ValueError("expected app.auth=FILE with app.add_user=NAME, got no file; name one, which is made")
        add_user(auth, str(asked.add_user), getpass.getpass(f"Password of {asked.add_user}: "))
        print(f"Users: {auth}")
        return
    limits = ("max_upload_mb", "max_length_s", "max_uploads", "check_memory_mb", "check_s")
    settings = AppSettings(
        host=str(asked.host),
        port=asked.port,
        names=tuple(map(str, asked.names)),
        auth=auth,
        overrides=tuple(map(str, asked.settings)),
        most_jobs=asked.max_jobs,
        limits=UploadLimits(**{name: asked[name] for name in limits}, least_free_gb=config.least_free_gb),
        work=WorkerSettings(keep_days=config.keep_days, least_free_gb=config.least_free_gb),
    )
    store = open_store(config)
    print(f"Jobs: {store.root}\nPage: http://{settings.host}:{settings.port} (Ctrl-C ends it)", flush=True)
    serve(store, settings)
