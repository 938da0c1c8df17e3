"""A clip: the one noun for footage. Files on disk, which of their frames, and what they contain."""

from pathlib import Path

from motion_transfer.domain.person_point import PersonPoint
from motion_transfer.domain.value import value
from motion_transfer.domain.video import Video


@value
class Clip:
    """Frames `first` to `stop` (not included) of one video, or of several that follow each other, or some of these.

    Attributes:
        video: these frames as a stream.
        digest: of the files' bytes and of the range, so that a renamed copy is the same clip.
        person: a point of the pictures that the person who is meant is at first; None for the largest person.
        turning: `as_filmed` where the user said so or has turned it, else `free` to be turned upright by its people.
        stabilized: whether the background stands still, by itself or after stabilization; None if nobody has looked.
        stabilization: the key of the step that looked, which the keys of all steps on these frames contain.
    """

    paths: tuple[Path, ...]
    first: int
    stop: int
    video: Video
    digest: str
    person: PersonPoint | None = None
    turning: str = "free"
    stabilized: bool | None = None
    stabilization: str = ""

    @property
    def title(self) -> str:
        """Its files and the beginning of its digest, for people: `anna.mp4 (3fa2b1)`, `anna.mp4 (3fa2b1:0-80)`."""
        content, _, frames = self.digest.partition(":")
        names = " ".join(path.name for path in self.paths)
        return f"{names} ({content[:6]}{frames and f':{frames}'})"

    def __len__(self) -> int:
        return len(self.video)
