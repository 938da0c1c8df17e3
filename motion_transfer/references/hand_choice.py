"""Which pictures of hands are used for a motion, and which of them each frame shows."""

from collections.abc import Mapping
from functools import lru_cache

import torch

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import SIDES, joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.prefetch import thread_map
from motion_transfer.references.atlas import lit_place
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

    def cut_hands(at: tuple[int, int]) -> list[HandPicture | None]:
        row, number = at
        posed, place = body.posed(known.pose[row : row + 1], fingers=False), lit_place(references, number)
        return [cut_hand(posed, camera, place, side, colours) for side in SIDES]

    hands = list(thread_map(cut_hands, enumerate(rows)))
    cut = {side: [of_frame[index] for of_frame in hands] for index, side in enumerate(SIDES)}
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
