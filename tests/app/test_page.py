"""The page in a real browser: uploads, progress, kills, downloads; and nothing that keeps people out."""

import contextlib
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from numbered_clips import write_clip
from page_browser import ANNA, CAMERA, asked, card, done, open_page, wait_for_state
from page_job import DONE_STEPS
from page_server import PageServer
from quick_worker import wait_until

from motion_transfer.app.guard import OWN_HEADER
from motion_transfer.app.users import add_user
from motion_transfer.files.video_reader import open_video
from motion_transfer.jobs.gallery import unpack
from motion_transfer.jobs.job import JobSettings
from motion_transfer.jobs.store import EVENTS, Store

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright, of the extra `dev`")
Browser, Page = sync_api.Browser, sync_api.Page
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.subprocess,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, found none; as root: apt-get install chromium"),
]
MAX_MB = 1
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    folder = tmp_path_factory.mktemp("page")
    add_user(folder / "users.txt", *ANNA.values())
    server = PageServer(folder / "store", MAX_MB, folder / "users.txt")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *CAMERA])
        yield browser
        browser.close()


@pytest.fixture
def page(server: PageServer, browser: Browser) -> Iterator[Page]:
    page = open_page(server, browser)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "dance.mp4", count=40)


@pytest.fixture(scope="module")
def filled(server: PageServer, browser: Browser, clip: Path) -> Iterator[Page]:
    """A page whose form has a source and a target; files are looked through for seconds, and once will do."""
    page = open_page(server, browser)
    for role in ("source", "target"):
        page.set_input_files(f"#{role}-file", {"name": f"../{role}.mp4", "mimeType": "", "buffer": clip.read_bytes()})
    for role in ("source", "target"):
        page.locator(f"[data-role={role}] .poster:not([hidden])").wait_for()
        assert page.locator(f"[data-role={role}] .facts").inner_text().startswith(f"{role}: ")
    yield page
    page.context.close()


def test_a_transfer_is_watched_reloaded_cancelled_resumed_and_downloaded(
    filled: Page, page: Page, server: PageServer, browser: Browser, tmp_path: Path
) -> None:
    filled.select_option("#preset", "draft")
    filled.get_by_role("button", name="Start", exact=True).click()
    title = "source as target"
    wait_for_state(page, title, "running")

    wait_until(lambda: done(page, title) > 0.1)
    before = done(page, title)
    page.reload()
    wait_until(lambda: done(page, title) > before)
    other = open_page(server, browser)  # somebody else sees and ends the same job
    card(other, title).get_by_role("button", name="Cancel").click()
    wait_for_state(page, title, "cancelled")
    card(page, title).get_by_role("button", name="Resume").click()
    wait_for_state(other, title, "running")
    other.context.close()
    card(page, title).get_by_role("button", name="Open").click()
    page.get_by_role("img", name="Preview of the training").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Finish now").click()
    page.get_by_text("Download the video").wait_for()

    source, result = page.get_by_label("Source", exact=True), page.get_by_label("Result", exact=True)
    result.evaluate("video => { video.currentTime = 1; }")
    wait_until(lambda: abs(source.evaluate("video => video.currentTime") - 1) < 0.1)
    with page.expect_download() as download:
        page.get_by_text("Download the video").click()
    download.value.save_as(tmp_path / "result.mp4")
    assert download.value.suggested_filename == "source_as_target.mp4"
    assert len(open_video(tmp_path / "result.mp4")) == 40
    page.get_by_role("button", name="Again with these settings").click()
    card(page, title).get_by_role("button", name="Cancel").click()
    jobs = Store(server.store).index.all()
    assert len(jobs) == 2
    assert [Store(server.store).settings(job.id).options["preset"] for job in jobs] == ["draft", "draft"]


def test_a_click_into_the_first_frame_says_who_is_meant_and_stays_with_the_job(
    filled: Page, server: PageServer
) -> None:
    page = filled
    page.select_option("#preset", "fast")
    poster, mark = page.locator("[data-role=source] .poster"), page.locator("[data-role=source] .mark")
    assert mark.is_hidden()
    shown = poster.bounding_box()
    assert shown is not None
    poster.click(position={"x": 0.25 * shown["width"], "y": 0.75 * shown["height"]})
    shown = poster.bounding_box()  # the page was scrolled for the click
    assert shown is not None
    x, y = map(float, page.input_value("#source-person").split(","))
    assert (x, y) == (pytest.approx(0.25, abs=0.01), pytest.approx(0.75, abs=0.01))
    ring = mark.bounding_box()
    assert ring is not None
    middle = (ring["x"] + ring["width"] / 2 - shown["x"], ring["y"] + ring["height"] / 2 - shown["y"])
    assert middle == (pytest.approx(x * shown["width"], abs=1), pytest.approx(y * shown["height"], abs=1))
    page.fill("#target-person", "0.5")  # no point yet
    assert page.locator("[data-role=target] .mark").is_hidden()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("expected target_person=largest or target_person=x,y").wait_for()
    page.get_by_label("Person, if there are several").last.fill("0.5, 0.5")  # by keyboard alone
    page.locator("[data-role=target] .mark:not([hidden])").wait_for()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text(f"source_person={x:g},{y:g}, target_person=0.5,0.5").first.wait_for()

    store = Store(server.store)
    card(page, "source as target").get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Change the settings first").click()
    assert page.input_value("#source-person") == f"{x:g},{y:g}"
    card(page, "source as target").get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Again with these settings").click()
    options = {"preset": "fast", "source_person": f"{x:g},{y:g}", "target_person": "0.5,0.5"}
    wait_until(lambda: [store.settings(one.id).options for one in store.index.all()].count(options) == 2)
    for one in store.index.all():
        if one.ended_s is None:
            store.cancel(one.id)


def test_a_recording_of_the_camera_becomes_the_target(filled: Page) -> None:
    box, facts = filled.locator("[data-role=target]"), filled.locator("[data-role=target] .facts")
    filled.fill("#target-person", "0.5,0.5")
    box.locator(".mark:not([hidden])").wait_for()
    box.get_by_role("button", name="Record", exact=True).click()
    box.get_by_role("button", name="Stop recording").wait_for()
    filled.wait_for_timeout(2000)
    box.get_by_role("button", name="Stop recording").click()
    box.get_by_text(re.compile("recorded target: .* frames/s")).wait_for()
    told = re.fullmatch(r"recorded target: ([0-9.]+) s, 640x480, [0-9.]+ frames/s", facts.inner_text())
    assert told is not None, facts.inner_text()
    assert 0.5 < float(told[1]) < 10  # a busy machine begins and stops late
    box.locator(".poster:not([hidden])").wait_for()
    assert filled.input_value("#target-person") == ""  # the point was in another clip
    assert box.locator(".mark").is_hidden()


def test_who_does_not_know_the_password_sees_nothing(server: PageServer, browser: Browser) -> None:
    for credentials in (None, {**ANNA, "password": "wrong horse"}):
        context = browser.new_context(http_credentials=credentials)
        page = context.new_page()
        with contextlib.suppress(
            sync_api.Error
        ):  # how Chromium tells of a wrong password; without one it shows the page
            answer = page.goto(server.url)
            assert answer is not None
            assert answer.status == 401
        assert page.get_by_role("heading", name="New transfer").count() == 0
        context.close()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{server.url}/api/state")
    page = open_page(server, browser)
    assert page.get_by_role("heading", name="New transfer").is_visible()
    page.context.close()


@pytest.mark.soak  # a job whose process was killed goes on, and a server finds its jobs again: both in tests/jobs
def test_a_server_that_was_killed_in_the_middle_of_a_job_loses_nothing(page: Page, server: PageServer) -> None:
    page.locator("[data-example=walker]").click()
    title = "example walker as example dancer"
    wait_for_state(page, title, "running")
    server.kill()
    page.get_by_text("expected an answer of the server, got none").wait_for()
    store = Store(server.store)
    (job,) = [job for job in store.index.all() if job.title == title]
    steps = store.folder(job.id) / DONE_STEPS
    before = steps.read_text()
    server.start()
    wait_until(lambda: len(steps.read_text()) > len(before))
    card(page, title).get_by_role("button", name="Finish now").click()
    wait_for_state(page, title, "done")
    assert steps.read_text() == "." * (store.folder(job.id) / EVENTS).read_text().count("StageAdvanced")  # each once
    assert store.get(job.id).attempts == 1
    card(page, title).get_by_role("button", name="Delete").click()
    card(page, title).wait_for(state="detached")
    assert not store.folder(job.id).exists()


def test_a_performer_is_renamed_used_downloaded_and_deleted(page: Page, server: PageServer, tmp_path: Path) -> None:
    (tmp_path / "learned").mkdir()
    (tmp_path / "learned" / "manifest.json").write_text("{}")
    gallery = Store(server.store).gallery
    id = gallery.keep(tmp_path / "learned", "somebody")
    page.get_by_label("Name of somebody").fill("Anna <b>")
    page.get_by_label("Name of somebody").press("Enter")
    page.get_by_role("button", name="Use Anna <b>").click()
    assert page.locator("#performer").input_value() == id
    assert page.locator("#performer option:checked").inner_text() == "Anna <b>"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Anna <b>").click()
    download.value.save_as(tmp_path / "anna.zip")
    unpack(tmp_path / "anna.zip", tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["manifest.json"]
    page.get_by_role("button", name="Delete Anna <b>").click()
    page.get_by_role("button", name="Delete Anna <b>").wait_for(state="detached")
    assert page.locator("#performer").input_value() == ""
    assert gallery.all() == []


def test_what_cannot_be_used_is_told_in_one_line(page: Page, clip: Path) -> None:
    said = page.locator("#message.error")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("expected a source, got none; drop or choose a file").wait_for()
    page.set_input_files("#source-file", {"name": "holiday.mp4", "mimeType": "video/mp4", "buffer": b"no video"})
    said.get_by_text("expected a video, got holiday").wait_for()
    page.set_input_files("#source-file", {"name": "big.mp4", "mimeType": "video/mp4", "buffer": bytes(2 * 10**6)})
    said.get_by_text(f"expected a file of at most {MAX_MB} MB, got 2 MB").wait_for()
    page.fill("#minutes", "-1")
    page.locator("[data-example=walker]").click()
    said.get_by_text("got minutes=-1; correct it").wait_for()
    page.locator("#job-list > li").first.get_by_role("button", name="Open").click()
    page.locator("#job[open] .stages").wait_for(state="attached")
    page.route("**/api/jobs", lambda route: route.fulfill(status=400, json={"error": "expected room, got none"}))
    page.get_by_role("button", name="Again with these settings").click()
    page.locator("#job #message.error").get_by_text("expected room, got none").wait_for()  # before the dialog
    page.get_by_role("button", name="Close").click()
    assert page.locator("#message").is_hidden()


def test_a_client_that_sends_more_than_it_says_is_refused_and_leaves_nothing(server: PageServer) -> None:
    before = set((server.store / "uploads").rglob("*"))
    request = asked(server, "/api/uploads?name=..%2F..%2Fbig.mp4", **{OWN_HEADER: "1"})
    request.data = iter([bytes(10**5)] * (10 * MAX_MB + 1))  # in chunks, without its length
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)) as refused:
        urllib.request.urlopen(request)
    assert getattr(refused.value, "code", 413) == 413
    assert set((server.store / "uploads").rglob("*")) == before


ELSEWHERE = ("/jobs/{id}/..%2Fstate.json", "/jobs/{id}/state.json", "/jobs/..%2F..%2Fetc/x", "/static/..%2Fserver.py")


@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_address_leads_to_another_file(server: PageServer, address: str) -> None:
    job = Store(server.store).add(JobSettings(source_title="nothing", target_title="nobody"))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked(server, address.format(id=job.id)))
    assert refused.value.code in (400, 404)
    Store(server.store).cancel(job.id)


def test_the_page_is_light_asks_nobody_else_fits_a_phone_and_keeps_nobody_out(
    server: PageServer, browser: Browser
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe, of the extra `dev`").Axe()
    context = browser.new_context(viewport=PHONE, http_credentials=ANNA)
    page, urls = context.new_page(), []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(server.url)
    page.locator("#job-list > li").first.wait_for()
    sizes = "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.decodedBodySize, 0)"
    assert page.evaluate(sizes) < 300_000
    assert [url for url in urls if not url.startswith(server.url)] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    found = axe.run(page).response["violations"]
    page.locator("#job-list > li").first.get_by_role("button", name="Open").click()
    page.locator("#job[open] .stages").wait_for(state="attached")
    found += axe.run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    context.close()
