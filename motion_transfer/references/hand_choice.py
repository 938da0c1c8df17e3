"""Which pictures of hands are used for a motion, and which of them each frame shows."""

from collections.abc import Mapping
from functools import lru_cache

import torch

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.body.skeleton import SIDES, joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.atlas import Place
from motion_transfer.references.cutting import cut_all
from motion_transfer.references.foreign import own_colours
from motion_transfer.references.frames import References
from motion_transfer.references.hand_pictures import HandPicture, cut_hand, mirrored_hand
from motion_transfer.references.picture_choice import (
    ChoiceLimits,
    PictureShow,
    choose_pictures,
    crisp_worth,
    with_mirrored,
)
from motion_transfer.references.similarity import mirrored_turns
from motion_transfer.references.views import camera_from_joint
from motion_transfer.rendering.texture import Texture

LIMITS = ChoiceLimits(tolerance_deg=25.0, most=10, change=1.5)
MOST_REFERENCES = 80  # that are looked at
MIRRORED_WORTH = 0.5
KEPT = 2  # motions whose hands are remembered, to tell of them and to paint with them


@lru_cache(maxsize=KEPT)
def hand_shows(
    body: ShapedBody, texture: Texture, references: References, motion: BodyMotion, camera: Camera
) -> Mapping[str, PictureShow[HandPicture]]:
    """The pictures of each side's hand that a motion needs: its own in the references, and the other's in a mirror."""
    rows = evenly_spaced(len(references.frames), MOST_REFERENCES)
    known, colours = references.frames.at(rows), own_colours(texture, body.model)

    def cut_hands(posed: PosedBody, place: Place) -> list[HandPicture | None]:
        return [cut_hand(posed, camera, place, side, colours) for side in SIDES]

    cut = dict(zip(SIDES, cut_all(body, references, rows, cut_hands), strict=True))
    turns, driven = (camera_from_joint(body.posed(pose), camera) for pose in (known.pose, motion.pose))
    shows = dict[str, PictureShow[HandPicture]]()
    for side, other in zip(SIDES, reversed(SIDES), strict=True):
        wrist = joint(f"{side}_wrist")
        shows[side] = choose_pictures(
            driven[:, wrist],
            torch.cat([turns[:, wrist], mirrored_turns(turns)[:, wrist]]),
            torch.cat([crisp_worth(cut[side]), MIRRORED_WORTH * crisp_worth(cut[other])]),
            with_mirrored(cut[side], cut[other], mirrored_hand),
            LIMITS,
        )
    return shows
