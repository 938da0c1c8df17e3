"""What a page asks for, as JSON -> a job in the store: of uploads, of an example, or once more of another job."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motion_transfer.jobs.job import Job, JobSettings, Option
from motion_transfer.jobs.options import composed, read_options
from motion_transfer.jobs.store import PERFORMER, SOURCE, TARGET, Store
from motion_transfer.jobs.uploads import CHECKED, FOOTAGE, Upload, Uploads
from motion_transfer.jobs.uploads import PERFORMER as PACKED

CLIPS = Path(__file__).with_name("examples")
PEOPLE = {name: CLIPS / f"{name}.mp4" for name in ("dancer", "walker")}  # make_pair(seed=5) at 600 x 480, five seconds
EXAMPLES = {"dancer": "walker", "walker": "dancer"}  # who moves, and who shall move so


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequests:
    """Makes jobs of requests.

    Attributes:
        overrides: settings of every job, from whoever runs the server.
        most_jobs: that may wait.
    """

    store: Store
    uploads: Uploads
    overrides: tuple[str, ...]
    most_jobs: int

    def add(self, asked: Mapping[str, Any]) -> Job:
        """Queue a job.

        Raises:
            ValueError: an input is missing or cannot be used, a setting makes no sense, or too many jobs wait.
        """
        if sum(job.ended_s is None for job in self.store.index.all()) >= self.most_jobs:
            raise ValueError(f"expected at most {self.most_jobs} jobs that wait, got one more; wait for some to end")
        options = read_options(asked.get("options") or {})
        if asked.get("again"):
            return self._again(str(asked["again"]), options)
        if asked.get("example"):
            return self._example(str(asked["example"]), options)
        source = self._uploaded(asked.get("source"), SOURCE)
        if asked.get("performer"):
            return self._with_performer(source, str(asked["performer"]), options)
        target = self._uploaded(asked.get("target"), TARGET)
        if target.kind != FOOTAGE:
            raise ValueError("expected a video as the target, got a motion file; upload a video of a person")
        settings = self._settings(source.title, target.title, options)
        paths = {SOURCE: self.uploads.path(source), TARGET: self.uploads.path(target)}
        composed(settings, paths[SOURCE], paths[TARGET], None)
        posters = {SOURCE: self.uploads.poster(source.id), TARGET: self.uploads.poster(target.id)}
        there = {name: path for name, path in posters.items() if path.is_file()}
        return self.store.add(settings, source=paths[SOURCE], target=paths[TARGET], posters=there)

    def _with_performer(self, source: Upload, id: str, options: Mapping[str, Option]) -> Job:
        folder = self.store.gallery.folder(id)
        name = next(one.name for one in self.store.gallery.all() if one.id == id)
        settings = self._settings(source.title, name, options)
        composed(settings, self.uploads.path(source), None, folder)
        return self.store.add(settings, source=self.uploads.path(source), performer=folder)

    def _example(self, source: str, options: Mapping[str, Option]) -> Job:
        if source not in EXAMPLES:
            raise ValueError(f"expected an example out of {', '.join(EXAMPLES)}, got another; reload the page")
        target = EXAMPLES[source]
        settings = self._settings(f"example {source}", f"example {target}", options)
        composed(settings, PEOPLE[source], PEOPLE[target], None)
        posters = {SOURCE: PEOPLE[source].with_suffix(".jpg"), TARGET: PEOPLE[target].with_suffix(".jpg")}
        return self.store.add(settings, source=PEOPLE[source], target=PEOPLE[target], posters=posters)

    def _again(self, id: str, options: Mapping[str, Option]) -> Job:
        before = self.store.settings(self.store.get(id).id)
        settings = self._settings(before.source_title, before.target_title, options)
        performer = Path(PERFORMER) if (self.store.folder(id) / PERFORMER).is_dir() else None
        composed(settings, Path("source.mp4"), None if performer else Path("target.mp4"), performer)
        return self.store.again(id, settings)

    def _settings(self, source_title: str, target_title: str, options: Mapping[str, Option]) -> JobSettings:
        return JobSettings(
            source_title=source_title, target_title=target_title, options=dict(options), overrides=self.overrides
        )

    def _uploaded(self, id: object, role: str) -> Upload:
        if not id:
            raise ValueError(f"expected a {role}, got none; drop or choose a file")
        upload = self.uploads.get(str(id))
        if upload.state != CHECKED or upload.kind == PACKED:
            raise ValueError(f"expected a {role} that can be used, got {upload.title} ({upload.state}); choose another")
        return upload
