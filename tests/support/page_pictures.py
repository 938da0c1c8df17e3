"""The pictures of the page in docs/, taken anew: `python page_pictures.py FOLDER` with a folder for its jobs.

It runs the example once to its end and once more up to a preview, some three minutes on two cores.
"""

import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
from page_bars import ROOT, App, wait_until
from playwright.sync_api import Page, sync_playwright

from motion_transfer.app.job_requests import PEOPLE
from motion_transfer.files.pictures import read_rgb
from motion_transfer.jobs.store import PREVIEW

DESKTOP, PHONE = {"width": 820, "height": 1000}, {"width": 360, "height": 740}
QUALITY = 82
COLOURS = 128  # of the picture that is mostly text


def take(app: App, folder: Path) -> None:
    """Take all of them into a folder, and those of the documentation into docs/ as well."""
    store = app.store
    if not any(job.state == "done" for job in store.index.all()):
        app.wait(app.example().id)
    done = next(job for job in store.index.all() if job.state == "done")
    for one in store.gallery.all():
        store.gallery.rename(one.id, "dancer")
    running = app.example(minutes=30)
    app.example(preset="fast", background="green")
    wait_until(lambda: (store.folder(running.id) / PREVIEW).exists())
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            page = browser.new_context(viewport=size, reduced_motion="reduce").new_page()  # pyright: ignore[reportArgumentType]
            page.goto(app.url)
            _fill(page)
            page.screenshot(path=folder / f"{name}_page.png", full_page=True)
            for state, job in (("running", running), ("done", done)):
                page.locator(f"#job-{job.id}").get_by_role("button", name="Open").click()
                page.locator("#job[open] .stages").wait_for()
                if job is done:
                    _stop_at(page, 2.5)
                else:
                    page.get_by_role("img", name="Preview of the training").wait_for()
                page.wait_for_timeout(3000)  # until the players show no more that they load
                page.screenshot(path=folder / f"{name}_{state}.png")
                page.locator("#job").screenshot(path=folder / f"{name}_{state}_dialog.png")
                page.get_by_role("button", name="Close").click()
        browser.close()
    for job in store.index.all():
        store.cancel(job.id)
    _write_indexed(ROOT / "docs" / "app.png", read_rgb(folder / "desktop_page.png"))
    dialog = read_rgb(folder / "desktop_done_dialog.png")
    cv2.imwrite(str(ROOT / "docs" / "app_job.jpg"), dialog[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def _fill(page: Page) -> None:
    """Give the form two clips and a point in one of them."""
    for role, person in (("source", "walker"), ("target", "dancer")):
        page.set_input_files(f"#{role}-file", PEOPLE[person])
    for role in ("source", "target"):
        page.locator(f"[data-role={role}] .poster:not([hidden])").wait_for(timeout=120_000)
    poster = page.locator("[data-role=source] .poster")
    shown = poster.bounding_box()
    assert shown is not None
    poster.click(position={"x": 0.5 * shown["width"], "y": 0.5 * shown["height"]})


def _stop_at(page: Page, seconds: float) -> None:
    """Stop result and source at a moment."""
    result = page.get_by_label("Result", exact=True)
    videos = "[...document.querySelectorAll('#job video')]"
    wait_until(lambda: page.evaluate(f"{videos}.every((one) => one.readyState > 1)"))
    result.evaluate("(video, seconds) => { video.pause(); video.currentTime = seconds; }", seconds)
    wait_until(lambda: page.evaluate(f"{videos}.every((one) => !one.seeking)"))


def _write_indexed(path: Path, rgb: np.ndarray) -> None:
    """A PNG of a few colours, a quarter as large."""
    from PIL import Image

    Image.fromarray(rgb).quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    server = App(place / "store")
    try:
        take(server, place)
    finally:
        server.end()
