"""The parts that are cut out of references as one piece, by outlines of the body: the head and the feet."""

from dataclasses import dataclass

from motion_transfer.body.skeleton import PARTS, SIDES
from motion_transfer.references.layers import ARMS
from motion_transfer.references.picture_choice import ChoiceLimits

NECK = len(PARTS)  # beside the parts


@dataclass(frozen=True, slots=True, kw_only=True)
class PartKind:
    """How one part is cut out and shown. Lengths are shares of the part's radius.

    Attributes:
        name, partner: among the parts, and that of the other side.
        joint: whose turn is the part's.
        goes_on: the part, or `NECK`, over which a picture fades out.
        hidden_by: parts that may not come near in a picture.
        reach: of the filmed part beyond the body's: hair, or a shoe.
        seam, collar: over which a picture fades out where the body goes on, and where it meets another part.
        follows: a picture is stretched and sheared as the body's part is seen from another side.
        has_face: looks that are unusual count less, and what lies in its middle moves within it.
        mirrored_worth: of the other side's picture in a mirror.
        limits: how pictures are chosen.
    """

    name: str
    partner: str
    joint: str
    goes_on: int
    hidden_by: tuple[int, ...]
    reach: float
    seam: float
    collar: float
    follows: bool
    has_face: bool
    mirrored_worth: float
    limits: ChoiceLimits

    @property
    def part(self) -> int:
        """Its number among the parts."""
        return PARTS.index(self.name)


def _foot(side: str, other: str) -> PartKind:
    foot, shank = PARTS.index(f"{side}_foot"), PARTS.index(f"{side}_shank")
    return PartKind(
        name=f"{side}_foot",
        partner=f"{other}_foot",
        joint=f"{side}_ankle",
        goes_on=shank,
        hidden_by=tuple(part for part in range(len(PARTS)) if part not in (foot, shank)),
        reach=0.6,
        seam=0.5,
        collar=0.1,
        follows=True,
        has_face=False,
        mirrored_worth=0.6,
        limits=ChoiceLimits(tolerance_deg=15.0, most=16, change=1.5, farthest_deg=45.0),
    )


HEAD = PartKind(
    name="head",
    partner="head",
    joint="head",
    goes_on=NECK,
    hidden_by=tuple(ARMS),
    reach=0.9,
    seam=0.22,
    collar=0.06,
    follows=False,
    has_face=True,
    mirrored_worth=0.3,  # hair is parted on one side
    limits=ChoiceLimits(tolerance_deg=12.0, most=12, change=8.0, farthest_deg=55.0),
)
FEET = tuple(_foot(side, other) for side, other in zip(SIDES, reversed(SIDES), strict=True))
KINDS = {kind.name: kind for kind in (HEAD, *FEET)}
