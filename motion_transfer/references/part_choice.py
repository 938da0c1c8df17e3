"""Which pictures of the head and of the feet are used for a motion, and which of them each frame shows."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion, BodyPose, mirrored_openings
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.atlas import Place
from motion_transfer.references.cutting import cut_all
from motion_transfer.references.expressions import expression_apart
from motion_transfer.references.frames import References
from motion_transfer.references.part_kinds import PartKind
from motion_transfer.references.part_pictures import PartPicture, cut_part, mirrored_part
from motion_transfer.references.picture_choice import PictureShow, choose_pictures, crisp_worth, with_mirrored
from motion_transfer.references.similarity import mirrored_turns
from motion_transfer.references.usual_look import usual_area_worth, usual_worth
from motion_transfer.references.views import camera_from_joint

MOST_REFERENCES = 80  # that are looked at
KEPT = 2  # motions whose parts are remembered, to tell of them and to paint with them

Cut = Sequence[PartPicture | None]


@lru_cache(maxsize=KEPT)
def part_shows(
    body: ShapedBody,
    references: References,
    motion: BodyMotion,
    camera: Camera,
    kinds: tuple[PartKind, ...],
    *,
    expressions: bool = False,
) -> Mapping[str, PictureShow[PartPicture]]:
    """The pictures of each part that a motion needs, by its name: its own, and in a mirror the other side's.

    Args:
        kinds: the parts, of which one that has two sides comes with the other.
        expressions: choose faces whose mouth and eyes are open as in the motion, where both say how far they are.
    """
    rows = evenly_spaced(len(references.frames), MOST_REFERENCES)
    pictures, known = _cut(body, references, camera, rows, kinds), references.frames.at(rows)
    turns, driven = (camera_from_joint(body.posed(pose), camera) for pose in (known.pose, motion.pose))
    shows = dict[str, PictureShow[PartPicture]]()
    for kind in kinds:
        same, others, turned = pictures[kind.name], pictures[kind.partner], joint(kind.joint)
        look, unlike = known.sharpness.clamp(max=1), None
        if kind.has_face and expressions:
            unlike = _unlike(motion.pose, known.pose)
        if kind.has_face:
            look = look * usual_worth(same)
        if kind.has_face and unlike is None and known.face_worth is not None:
            look = look * known.face_worth
        shows[kind.name] = choose_pictures(
            driven[:, turned],
            torch.cat([turns[:, turned], mirrored_turns(turns)[:, turned]]),
            look.repeat(2) * torch.cat([_worth(same), kind.mirrored_worth * _worth(others)]),
            with_mirrored(same, others, partial(mirrored_part, model=body.model)),
            kind.limits,
            unlike,
        )
    return shows


def _worth(pictures: Cut) -> Float[Tensor, "picture"]:
    return crisp_worth(pictures) * usual_area_worth(pictures)


def _unlike(driven: BodyPose, known: BodyPose) -> Float[Tensor, "frame candidate"] | None:
    """How far the known faces, and then the same in a mirror, are from the driven ones; None where one is unknown."""
    if driven.face_openings is None or known.face_openings is None:
        return None
    seen = torch.cat([known.face_openings, mirrored_openings(known.face_openings)])
    return expression_apart(driven.face_openings, seen)


def _cut(
    body: ShapedBody, references: References, camera: Camera, rows: list[int], kinds: Sequence[PartKind]
) -> Mapping[str, Cut]:
    """Each part in each of some references, by its name."""

    def cut_parts(posed: PosedBody, place: Place) -> list[PartPicture | None]:
        return [cut_part(posed, camera, place, kind) for kind in kinds]

    names = [kind.name for kind in kinds]
    return dict(zip(names, cut_all(body, references, rows, cut_parts), strict=True))
