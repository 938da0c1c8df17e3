"""The page of a user who is known, in a browser of the tests, and the jobs that it shows."""

import urllib.request
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from page_server import PageServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

WAIT_MS = 60_000
ANNA = {"username": "anna", "password": "correct horse"}
CAMERA = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)  # a picture that moves, and no questions


def open_page(server: PageServer, browser: "Browser", **context: Any) -> "Page":
    page = browser.new_context(
        accept_downloads=True, reduced_motion="reduce", http_credentials=ANNA, **context
    ).new_page()
    page.set_default_timeout(WAIT_MS)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(server.url)
    return page


def asked(server: PageServer, path: str, **headers: str) -> urllib.request.Request:
    """A request of a user's without a browser."""
    known = b64encode(":".join(ANNA.values()).encode()).decode()
    return urllib.request.Request(server.url + path, headers={"authorization": f"Basic {known}", **headers})


def card(page: "Page", title: str) -> "Locator":
    return page.locator("#job-list > li", has=page.get_by_role("heading", name=title)).first


def wait_for_state(page: "Page", title: str, state: str) -> None:
    card(page, title).locator(f".state.{state}").wait_for()


def done(page: "Page", title: str) -> float:
    """The fraction that the bar of a job shows."""
    return card(page, title).locator("progress").evaluate("bar => bar.position")
