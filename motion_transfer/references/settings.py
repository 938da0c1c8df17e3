"""How many references are kept of a performer, and how they are used."""

from dataclasses import dataclass

TARGET, SOURCE = FACES = ("target", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSettings:
    """Settings of references.

    Attributes:
        most: that are kept of a clip.
        count: that are used for a motion.
        tolerance_deg: change of view over which a reference loses all but a third of its worth.
        apart_s: of time between a frame and the references that it may be painted from in training and scoring.
        reach: how far beyond the body's outline references are followed, as a fraction of the crop's height.
        face: `target` for the face as it usually is, `source` for mouth and eyes that open as the source's do.
        whole_hands, whole_head, whole_feet: lay them over the rest as they were filmed, and do not warp them.

    Raises:
        ValueError: a setting is out of its range.
    """

    most: int
    count: int
    tolerance_deg: float
    apart_s: float
    reach: float
    face: str
    whole_hands: bool
    whole_head: bool
    whole_feet: bool

    def __post_init__(self) -> None:
        for name in ("most", "count", "tolerance_deg", "reach"):
            if not getattr(self, name) > 0:
                raise ValueError(f"expected references.{name} above 0, got {getattr(self, name)}; raise it")
        if self.face not in FACES:
            raise ValueError(f"expected face={' or '.join(FACES)}, got {self.face}; correct it")
        if self.face == SOURCE and not self.whole_head:
            raise ValueError("expected references.whole_head=true with face=source, got false; leave one of them out")
        if self.apart_s < 0:
            raise ValueError(f"expected references.apart_s of at least 0, got {self.apart_s}; raise it")
