"""A file of the user's, a video or a motion, -> the motion that is performed, edited as the user asks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from motion_transfer.body.model import BodyModel
from motion_transfer.detection import FoundPerson
from motion_transfer.domain.clip import Clip
from motion_transfer.files.clips import AS_FILMED, Reading, open_clip
from motion_transfer.files.paths import existing_footage
from motion_transfer.files.sound import silent_because
from motion_transfer.motion_files.joint_mapping import read_mapping
from motion_transfer.motion_files.motion_editing import SourceEdit
from motion_transfer.motion_files.motion_reader import MotionReader, is_motion_file
from motion_transfer.pipeline import capture_source, edit, read_source
from motion_transfer.run import Run
from motion_transfer.stages import SourceMotion, Stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source that was looked through before any work.

    Attributes:
        clip: of a video; None for a motion file.
        reader: how a motion file is read.
        editing: what is changed about the motion.
    """

    path: Path
    clip: Clip | None
    reader: MotionReader
    editing: SourceEdit

    def motion(
        self, stages: Stages, run: Run, model: BodyModel | None = None, found: FoundPerson | None = None
    ) -> SourceMotion:
        """Capture or read the motion, and edit it.

        Args:
            model: the body that a motion file is put on; None for that of the stages.
            found: what `find_person` gave for the clip, if that has been done already.
        """
        if self.clip is not None:
            return edit(capture_source(self.clip, stages, run, found), self.editing)
        return edit(read_source(self.path, model or stages.model, run, reader=self.reader), self.editing)


def open_source(
    source: str | Path,
    *,
    fps: float | str | None,
    up: str,
    mapping: str | Path | None,
    source_edit: Mapping[str, Any],
    reading: Reading = AS_FILMED,
) -> Source:
    """Check a source and its settings.

    Args:
        fps, up, mapping: of a motion file, as `MotionReader` takes them; `mapping` is a file.
        source_edit: the settings of `SourceEdit`.
        reading: of a video; `fps` is also that of a folder of pictures.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or a setting makes no sense.
    """
    path = existing_footage(source, "a source video or motion file")
    names = {} if mapping is None else read_mapping(Path(mapping))
    reader = MotionReader(fps=frame_rate(fps), up=up, mapping=names)
    editing = SourceEdit(**source_edit)
    if not is_motion_file(path):
        clip = _with_usable_sound(open_clip(path, reading=replace(reading, fps=reader.fps)))
        editing.part(len(clip), clip.video.fps)
        return Source(path=path, clip=clip, reader=reader, editing=editing)
    editing.part(*reader.open(path).length)
    return Source(path=path, clip=None, reader=reader, editing=editing)


def _with_usable_sound(clip: Clip) -> Clip:
    """The clip without its sound where no result could hold it, which is noted now instead of after the work."""
    video = clip.video
    silent = None if video.audio_source is None else silent_because(video.audio_source, video.cuts)
    if silent is None:
        return clip
    return replace(clip, video=replace(video, audio_source=None, notes=(*video.notes, silent)))


def frame_rate(fps: float | str | None) -> Fraction | None:
    """A number, or an exact fraction such as 30000/1001.

    Raises:
        ValueError: it is neither, or not above 0.
    """
    try:
        asked = None if fps is None else Fraction(str(fps))
    except (ValueError, ZeroDivisionError):
        asked = Fraction(0)
    if asked is not None and asked <= 0:
        raise ValueError(f"expected frames per second above 0, got fps={fps}; try fps=25 or fps=30000/1001")
    return asked
