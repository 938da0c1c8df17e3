"""What a clip shows of its person: how tall, which parts, which sides, which way up; from landmarks alone."""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.domain.landmarks import Detections, LandmarkLayout, Landmarks2D, Landmarks3D
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize

MIN_SEEN = 0.3  # confidence of a landmark that was seen
# Parts by the last word of their landmarks' names.
PARTS: Mapping[str, tuple[str, ...]] = {
    "head": ("nose", "ear"),
    "hands": ("wrist",),
    "legs": ("knee",),
    "feet": ("ankle", "heel"),
}
ANKLES = ("left_ankle", "right_ankle")
TURNED_DEG, STRAIGHT, NEARLY_ALL = (
    30.0,
    0.8,
    0.9,
)  # lean, cosine between trunk and legs, share of the frames
FLAT_DEG = 45.0  # away from the front or the back, from where the trunk's width and a lean to the side show
TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


@value
class PersonFacts:
    """Of the frames that were looked at.

    Attributes:
        seen: the share of frames that show anybody.
        height: how far the seen landmarks reach, up and down or to the sides, over the picture's height; median, 0
            where nobody is seen.
        missing: the share of frames with a person that do not show each of `PARTS`.
        turned_deg: how far the trunk is turned away from the camera: 90 where it shows its right side.
        up_deg: which way the trunk points in the picture: 0 up, 90 to the right, 180 down.
        width: of the trunk in the picture, over its length, against what the landmarks in space say it is; median over
            the frames that show it from the front or from behind, 1 where none does.
        spread: how far wrists and ankles move about the trunk: median standard deviation over the person's height.
    """

    seen: float
    height: float
    missing: Mapping[str, float]
    turned_deg: Float[Tensor, "seen_frame"]
    up_deg: Float[Tensor, "seen_frame"]
    width: float
    spread: float


def person_facts(layout: LandmarkLayout, flat: Landmarks2D, in_space: Landmarks3D, picture: ImageSize) -> PersonFacts:
    """Landmarks of some frames of a clip -> what they show.

    Raises:
        ValueError: the layout lacks shoulders or hips.
    """
    layout.require(TRUNK, "looking at a person")
    sure = flat.confidence >= MIN_SEEN
    anybody = sure.any(1)
    sure, xy, xyz = sure[anybody], flat.xy_px[anybody], in_space.xyz_m[anybody]
    heights = _heights_px(xy, sure)
    trunk = [layout.index(name) for name in TRUNK]
    shoulders, hips = xy[:, trunk[:2]].mean(1), xy[:, trunk[2:]].mean(1)
    up = torch.nn.functional.normalize(shoulders - hips, dim=-1)
    across = xyz[:, [trunk[0], trunk[2]]].mean(1) - xyz[:, [trunk[1], trunk[3]]].mean(1)  # to the person's left
    to_the_right = up[:, 0] * across[:, 1] - up[:, 1] * across[:, 0]  # of the trunk, whichever way that points
    turned_deg = torch.rad2deg(torch.atan2(across[:, 2], to_the_right))
    return PersonFacts(
        seen=float(anybody.float().mean()) if len(anybody) else 0.0,
        height=float(heights.median() / picture.height) if len(heights) else 0.0,
        missing={part: _missing(sure, _rows(layout, words)) for part, words in PARTS.items()},
        turned_deg=turned_deg,
        up_deg=torch.rad2deg(torch.atan2(up[:, 0], -up[:, 1])),
        width=_width(xy[:, trunk], xyz[:, trunk, :2], (turned_deg.abs() - 90).abs() > 90 - FLAT_DEG),
        spread=_spread(xy - hips[:, None], sure, heights, _rows(layout, ("wrist", "ankle"))),
    )


def facts_of(detections: Detections) -> PersonFacts:
    """What all frames of a clip show."""
    return person_facts(detections.layout, detections.landmarks_2d, detections.landmarks_3d, detections.size)


def upright_turn_deg(detections: Detections) -> int:
    """By how much a clip has to be turned clockwise so that the person in it stands: 0, 90, 180 or 270.

    It is turned only where nearly all frames agree, and the legs point away from the head: who dances on the floor or
    on their hands does so for a part of a clip.
    """
    if not {*TRUNK, *ANKLES} <= set(detections.layout.names):
        return 0
    facts, rows = facts_of(detections), [detections.layout.index(name) for name in (*TRUNK, *ANKLES)]
    flat = detections.landmarks_2d
    seen = (flat.confidence >= MIN_SEEN).any(1)
    trunk, legs = _directions(flat.xy_px[seen][:, rows])
    straight = torch.cosine_similarity(trunk, legs, dim=-1) > STRAIGHT
    for degrees in (90, 180, 270):
        off = (facts.up_deg + degrees + 180) % 360 - 180
        agree = (off.abs() < TURNED_DEG) & straight
        if len(agree) and float(agree.float().mean()) > NEARLY_ALL:
            return degrees
    return 0


def _directions(points: Float[Tensor, "frame 6 2"]) -> tuple[Float[Tensor, "frame 2"], Float[Tensor, "frame 2"]]:
    """From hips to shoulders, and from ankles to hips."""
    shoulders, hips, ankles = (points[:, pair : pair + 2].mean(1) for pair in (0, 2, 4))
    return shoulders - hips, hips - ankles


def _width(
    flat: Float[Tensor, "frame 4 2"], in_space: Float[Tensor, "frame 4 2"], chosen: Bool[Tensor, "frame"]
) -> float:
    """How much narrower the shoulders are in the picture than in space; both seen along the camera's axis."""
    if not chosen.any():
        return 1.0
    shares = []
    for points in (flat[chosen], in_space[chosen]):
        length = (points[:, :2].mean(1) - points[:, 2:].mean(1)).norm(dim=-1)
        shares.append((points[:, 0] - points[:, 1]).norm(dim=-1) / length.clamp(min=1e-6))
    return float((shares[0] / shares[1].clamp(min=1e-6)).median())


def _rows(layout: LandmarkLayout, words: tuple[str, ...]) -> list[int]:
    return [row for row, name in enumerate(layout.names) if name.split("_")[-1] in words]


def _missing(sure: Bool[Tensor, "frame landmark"], rows: list[int]) -> float:
    if not len(sure) or not rows:
        return 0.0
    return float((~sure[:, rows].any(1)).float().mean())


def _heights_px(xy: Float[Tensor, "frame landmark 2"], sure: Bool[Tensor, "frame landmark"]) -> Float[Tensor, "frame"]:
    hidden = ~sure[..., None]
    return (xy.masked_fill(hidden, -torch.inf).amax(1) - xy.masked_fill(hidden, torch.inf).amin(1)).amax(1)


def _spread(
    off: Float[Tensor, "frame landmark 2"],
    sure: Bool[Tensor, "frame landmark"],
    heights: Float[Tensor, "frame"],
    rows: list[int],
) -> float:
    """Of each limb over the frames that show it; the median over limbs."""
    spreads = []
    for row in rows:
        shown = off[sure[:, row], row] / heights[sure[:, row], None].clamp(min=1)
        if len(shown) > 1:
            spreads.append(shown.std(0).norm())
    return float(torch.stack(spreads).median()) if spreads else 0.0
