"""The bars of the page on real jobs, each with its figure: `python page_bars.py FOLDER [NAME...]`.

It needs a quiet machine, and a quarter of an hour on two cores. Names: command, clients, preview, paint, kills; all of
them if none is given.
"""

import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil

from motion_transfer.app.job_requests import PEOPLE
from motion_transfer.jobs.job import DONE, FAILED, Job, JobSettings
from motion_transfer.jobs.store import EVENTS, Store

ROOT = Path(__file__).parents[2]
DRAFT = {"preset": "draft", "device": "cpu"}
TITLES = {"source_title": "walker", "target_title": "dancer"}
JOBS, KILLS, CLIENTS, ROUNDS = 20, 5, 50, 3
LONGEST_S = 1800.0
ATTEMPTS, RESULTS = ("Attempt", None), ("StageFinished", "synthesize")


class App:
    """The real server of `motion-transfer app`, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.store, self.url = Store(folder), f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = [f"folder={self.store.root}", f"app.port={self._port}", "least_free_gb=0"]
        command = [sys.executable, str(ROOT / "scripts" / "app.py"), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def end(self, sign: int = signal.SIGTERM) -> None:
        """End it; jobs go on after SIGKILL."""
        self.process.send_signal(sign)
        self.process.wait()

    def example(self, **options: object) -> Job:
        """Queue the example that the page offers, as its button does."""
        body = json.dumps({"example": "walker", "options": {**DRAFT, **options}}).encode()
        request = urllib.request.Request(f"{self.url}/api/jobs", body, {"x-motion-transfer": "1"})
        return self.store.get(json.load(urllib.request.urlopen(request))["id"])

    def wait(self, id: str) -> Job:
        """The job, when it has ended well."""
        wait_until(lambda: self.store.get(id).ended_s is not None)
        job = self.store.get(id)
        assert job.state == DONE, (job.state, job.error)
        return job

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/api/state", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    start_s = time.monotonic()
    while not condition():
        assert time.monotonic() - start_s < LONGEST_S
        time.sleep(0.05)


def events(app: App, id: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (app.store.folder(id) / EVENTS).read_text().splitlines()]


def spent(job: Job) -> float:
    """Seconds from the request to the end."""
    assert job.ended_s is not None
    return job.ended_s - job.created_s


def command(app: App, folder: Path) -> str:
    """A job from the page against the same transfer from the command line, both from nothing, in turns."""
    times: dict[str, list[float]] = {"page": [], "command line": []}

    def on_page(number: int) -> float:
        shutil.rmtree(app.store.root / "work")
        (app.store.root / "work").mkdir()
        return spent(app.wait(app.example(seed=number).id))

    def typed(number: int) -> float:
        words = [*map(str, (PEOPLE["walker"], PEOPLE["dancer"])), f"output={folder / 'out.mp4'}", f"seed={number}"]
        words += [f"work_dir={folder / f'work_{number}'}", *(f"{name}={value}" for name, value in DRAFT.items())]
        start_s = time.monotonic()
        subprocess.run([sys.executable, str(ROOT / "scripts" / "transfer.py"), *words], check=True, capture_output=True)
        return time.monotonic() - start_s

    ways = {"page": on_page, "command line": typed}
    for number in range(ROUNDS):
        for way in ways if number % 2 == 0 else reversed(ways):  # whoever is first finds files less warm
            times[way].append(ways[way](number))
    page_s, line_s = (median(seconds) for seconds in times.values())
    slower = 100 * (page_s / line_s - 1)
    return f"page {page_s:.1f} s, command line {line_s:.1f} s: {slower:+.1f} % (bar: +3 %); all {times}"


def clients(app: App, folder: Path) -> str:
    """A job alone against one while many pages ask how far it is, once a second each, as the page does."""
    performer = learned(app)
    times: dict[int, list[float]] = {0: [], CLIENTS: []}
    busy_s, server = 0.0, psutil.Process(app.process.pid)
    for _ in range(ROUNDS):
        for count in times:
            before_s = server.cpu_times().user
            job = app.store.add(JobSettings(**TITLES, options=DRAFT), source=PEOPLE["walker"], performer=performer)
            asking = ask_often(app, count)
            times[count].append(spent(app.wait(job.id)))
            if asking is not None:
                asking.kill()
                asking.wait()
                busy_s += server.cpu_times().user - before_s
    alone_s, asked_s = (min(seconds) for seconds in times.values())
    share = 100 * busy_s / sum(times[CLIENTS])
    return (
        f"alone {alone_s:.2f} s, with {CLIENTS} clients {asked_s:.2f} s: {100 * (asked_s / alone_s - 1):+.1f} % "
        f"(bar: +5 %); the server took {share:.1f} % of a core; all {times}"
    )


def ask_often(app: App, count: int) -> "subprocess.Popen[bytes] | None":
    """Clients in a process of their own, of the lowest priority, because they are other people's machines."""
    if not count:
        return None
    asking = subprocess.Popen([sys.executable, __file__, "ask", app.url, str(count)])
    psutil.Process(asking.pid).nice(19)
    return asking


def ask(url: str, count: int) -> None:
    """Ask as so many pages."""

    def one() -> None:
        time.sleep(random.random())
        while True:
            urllib.request.urlopen(f"{url}/api/state").read()
            time.sleep(1)

    for _ in range(count):
        threading.Thread(target=one).start()


def preview(app: App, folder: Path) -> str:
    """From the start of a training to its first picture."""
    job = app.wait(app.example(minutes=1).id)
    found = events(app, job.id)
    (began,) = [event["time_s"] for event in found if event["event"] == "StageStarted" and event["stage"] == "learn"]
    first = next(event["time_s"] for event in found if event["event"] == "PreviewPicture")
    assert isinstance(began, float)
    assert isinstance(first, float)
    return f"{first - began:.1f} s (bar: 30 s)"


def paint(app: App, folder: Path) -> str:
    """First paint and weight of the page, of a browser that knows nothing of it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        painted = []
        for _ in range(ROUNDS):
            page = browser.new_context().new_page()
            page.goto(app.url)
            page.wait_for_timeout(1000)
            painted.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            weight = page.evaluate("performance.getEntries().reduce((sum, one) => sum + (one.decodedBodySize || 0), 0)")
        browser.close()
    return f"first paint after {median(painted) / 1000:.2f} s (bar: 2 s), {weight / 1e6:.2f} MB (bar: 3 MB)"


def kills(app: App, folder: Path) -> str:
    """Many jobs and a server that is killed again and again: each is done once."""
    performer, chance = learned(app), random.Random(0)
    ids = [
        app.store.add(JobSettings(**TITLES, options=DRAFT), source=PEOPLE["walker"], performer=performer).id
        for _ in range(JOBS)
    ]

    def ended() -> int:
        states = [app.store.get(id).state for id in ids]
        assert FAILED not in states
        return states.count(DONE)

    for kill in range(KILLS):
        wait_until(lambda kill=kill: ended() >= kill * (JOBS - 2) // KILLS)
        time.sleep(chance.uniform(0, 10))
        app.end(signal.SIGKILL)
        time.sleep(chance.uniform(0, 5))
        app.start()
    wait_until(lambda: ended() == JOBS)
    begun, made = ([_count(app, id, name, stage) for id in ids] for name, stage in (ATTEMPTS, RESULTS))
    spans = sorted((job.started_s or 0.0, job.ended_s or 0.0) for job in map(app.store.get, ids))
    apart = all(one[1] <= other[0] for one, other in zip(spans, spans[1:], strict=False))
    good = begun == made == [1] * JOBS and apart
    found = "each once, and none beside another" if good else f"NOT each once: {begun}, {made}, apart {apart}"
    return f"{JOBS} jobs, {KILLS} kills: all done, {found}"


def _count(app: App, id: str, name: str, stage: str | None) -> int:
    return sum(event["event"] == name and event.get("stage") == stage for event in events(app, id))


def learned(app: App) -> Path:
    """The folder of a performer in the gallery."""
    if not app.store.gallery.all():
        app.wait(app.example().id)
    return app.store.gallery.folder(app.store.gallery.all()[0].id)


BARS = {bar.__name__: bar for bar in (command, clients, preview, paint, kills)}

if __name__ == "__main__":
    if sys.argv[1] == "ask":
        ask(sys.argv[2], int(sys.argv[3]))
    else:
        place = Path(sys.argv[1])
        place.mkdir(parents=True, exist_ok=True)
        server = App(place / "store")
        try:
            for name in sys.argv[2:] or BARS:
                start_s = time.monotonic()
                print(f"{name}: {BARS[name](server, place)} [{time.monotonic() - start_s:.0f} s]", flush=True)
        finally:
            server.end()
