"""Which pictures of the head are used for a motion, and which of them each frame shows."""

from functools import lru_cache

import torch

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.atlas import lit_place
from motion_transfer.references.frames import References
from motion_transfer.references.head_pictures import HeadPicture, cut_head, mirrored_head
from motion_transfer.references.picture_choice import ChoiceLimits, PictureShow, choose_pictures
from motion_transfer.references.similarity import mirrored_turns
from motion_transfer.references.usual_look import usual_worth
from motion_transfer.references.views import camera_from_joint

LIMITS = ChoiceLimits(tolerance_deg=12.0, most=12, change=8.0, farthest_deg=55.0)
MOST_REFERENCES = 80  # that are looked at
MIRRORED_WORTH = 0.3  # hair is parted on one side
KEPT = 2  # motions whose heads are remembered, to tell of them and to paint with them


@lru_cache(maxsize=KEPT)
def head_show(body: ShapedBody, references: References, motion: BodyMotion, camera: Camera) -> PictureShow[HeadPicture]:
    """The pictures of the head that a motion needs, as they are and in a mirror."""
    rows = evenly_spaced(len(references.frames), MOST_REFERENCES)
    known = references.frames.at(rows)
    turns, head = camera_from_joint(body.posed(known.pose), camera), joint("head")
    pictures = [
        cut_head(body.posed(known.pose[row : row + 1], fingers=False), camera, lit_place(references, number))
        for row, number in enumerate(rows)
    ]
    worth = known.sharpness.clamp(max=1) * usual_worth(pictures)
    if known.face_worth is not None:
        worth = worth * known.face_worth

    def cut(candidate: int) -> HeadPicture | None:
        found = pictures[candidate % len(rows)]
        return found if found is None or candidate < len(rows) else mirrored_head(found)

    return choose_pictures(
        camera_from_joint(body.posed(motion.pose), camera)[:, head],
        torch.cat([turns[:, head], mirrored_turns(turns)[:, head]]),
        torch.cat([worth, worth * MIRRORED_WORTH]),
        cut,
        LIMITS,
    )
