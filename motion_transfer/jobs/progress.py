"""The events of a job as they stand in its folder -> how far it is and how long the running stage still takes."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ATTEMPT = "Attempt"  # the job was started once more
LONGEST_NOTES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgress:
    """A stage of a job.

    Attributes:
        fraction: that is done, in [0, 1]; None where it is not known.
        left_s: how long it still takes at its speed so far; None where that is not known.
        seconds: that it took, or has taken by its last event.
        total: frames that it works on; None where it does not go by frames.
        since: time and fraction of the first event that told how far it is.
    """

    stage: str
    name: str
    started_s: float
    fraction: float | None = None
    left_s: float | None = None
    seconds: float = 0.0
    ended: bool = False
    cached: bool = False
    total: int | None = None
    since: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job is in its last attempt.

    Attributes:
        notes: what did not go as planned.
        previews: how many pictures there were; the last one lies in the job's folder.
    """

    stages: tuple[StageProgress, ...] = ()
    notes: tuple[str, ...] = ()
    previews: int = 0


def advance(progress: JobProgress, event: Mapping[str, Any]) -> JobProgress:
    """The progress after one more event."""
    now = float(event["time_s"])
    match event["event"]:
        case "Attempt":
            return JobProgress(previews=progress.previews)
        case "StageStarted":
            started = StageProgress(stage=event["stage"], name=event["name"], started_s=now, total=event["total"])
            return replace(progress, stages=(*progress.stages, started))
        case "Fallback":
            return replace(progress, notes=(*progress.notes, event["sentence"])[-LONGEST_NOTES:])
        case "PreviewPicture":
            return replace(progress, previews=event["number"])
        case "StageAdvanced":
            return _last(progress, event, lambda stage: _advanced(stage, now, float(event["fraction"])))
        case "StageFinished":
            ended = {"ended": True, "fraction": 1.0, "left_s": 0.0}
            cost = {"seconds": event["seconds"], "cached": event["cached"]}
            return _last(progress, event, lambda stage: replace(stage, **ended, **cost))
        case "StageAborted":
            return _last(progress, event, lambda stage: replace(stage, ended=True, left_s=None))
    return progress


def _last(
    progress: JobProgress, event: Mapping[str, Any], change: Callable[[StageProgress], StageProgress]
) -> JobProgress:
    """Change the last stage of the event's name."""
    stages = list(progress.stages)
    for index in range(len(stages) - 1, -1, -1):
        if stages[index].stage == event["stage"]:
            stages[index] = change(stages[index])
            break
    return replace(progress, stages=tuple(stages))


def _advanced(stage: StageProgress, now: float, fraction: float) -> StageProgress:
    since = stage.since or (stage.started_s if fraction < 0.5 else now, 0.0 if fraction < 0.5 else fraction)
    gained = fraction - since[1]
    left = (now - since[0]) * (1 - fraction) / gained if gained > 0 else None
    return replace(stage, fraction=fraction, left_s=left, seconds=now - stage.started_s, since=since)


class EventReader:
    """Reads what is new in a job's events each time that it is asked.

    Args:
        path: of the events, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0
        self._progress = JobProgress()

    def read(self) -> JobProgress:
        """How far the job is by now."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                new = file.read()
        except FileNotFoundError:
            return self._progress
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        self._progress = fold(whole.splitlines(), self._progress)
        return self._progress


def fold(lines: Iterable[bytes], progress: JobProgress) -> JobProgress:
    """The progress after more lines; one that a kill tore is left out."""
    for line in lines:
        try:
            progress = advance(progress, json.loads(line))
        except (ValueError, KeyError, TypeError):
            continue
    return progress
