"""Parts of the body that are shown as they were filmed, and not warped: the head, the hands and the feet."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.body.skeleton import SIDES
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.references.frames import References
from motion_transfer.references.hand_choice import hand_shows
from motion_transfer.references.hand_layer import driven_hand, place_hand
from motion_transfer.references.hand_pictures import HandPicture
from motion_transfer.references.layers import Layer
from motion_transfer.references.part_choice import part_shows
from motion_transfer.references.part_kinds import FEET, HEAD, KINDS
from motion_transfer.references.part_layer import place_part
from motion_transfer.references.part_pictures import PartPicture
from motion_transfer.references.picture_choice import PictureShow
from motion_transfer.references.settings import SOURCE, ReferenceSettings
from motion_transfer.rendering.texture import Texture


@value
class WholeParts:
    """What each frame of a motion shows of the parts that are shown as they were filmed.

    Attributes:
        hands: by side; none where hands are warped.
        head_and_feet: by name of the part; without those that are warped.
    """

    hands: Mapping[str, PictureShow[HandPicture]]
    head_and_feet: Mapping[str, PictureShow[PartPicture]]


def whole_parts(
    body: ShapedBody,
    texture: Texture,
    references: References,
    motion: BodyMotion,
    camera: Camera,
    settings: ReferenceSettings,
) -> WholeParts:
    """Choose the pictures for a motion; what was chosen for the latest ones is remembered."""
    kinds = ((HEAD,) if settings.whole_head else ()) + (FEET if settings.whole_feet else ())
    return WholeParts(
        hands=hand_shows(body, texture, references, motion, camera) if settings.whole_hands else {},
        head_and_feet=part_shows(body, references, motion, camera, kinds, expressions=settings.face == SOURCE)
        if kinds
        else {},
    )


def placed_layers(
    parts: WholeParts, frame: int, posed: PosedBody, camera: Camera, corner_px: Float[np.ndarray, "2"]
) -> Mapping[str, Layer]:
    """The layers of one frame by the part of the body that each shows, the farthest first.

    Args:
        posed: driven body of that frame.
        corner_px: of the window in the frame.
    """
    layers = dict[str, Layer]()
    for name, show in parts.head_and_feet.items():
        if (row := show.shown[frame]) >= 0:
            layers[name] = place_part(show.pictures[row], posed, camera, corner_px, KINDS[name])
    for side in SIDES:
        if side in parts.hands and (row := parts.hands[side].shown[frame]) >= 0:
            driven = driven_hand(posed, camera, corner_px, side)
            layers[f"{side}_hand"] = place_hand(parts.hands[side].pictures[row], driven)
    return dict(sorted(layers.items(), key=lambda item: -item[1].depth_m))


def notes_on_parts(parts: WholeParts) -> tuple[str, ...]:
    """What the target's footage does not show of hands, feet and head, in sentences for the report."""
    said, lacking = list[str](), [side for side, show in parts.hands.items() if not show.pictures]
    if lacking:
        said.append(
            f"No frame of the target shows the {' or the '.join(lacking)} hand by itself and turned nearly as here; it "
            "is warped like all else and looks torn: film with the arms away from the body, and hold nothing."
        )
    shows = parts.head_and_feet.items()
    feet = [name.replace("_", " ") for name, show in shows if not show.pictures and name != HEAD.name]
    if feet:
        said.append(
            f"No frame of the target shows the {' or the '.join(feet)} apart from the other leg; it is warped "
            "like all else and looks soft: film with the feet apart and in the picture."
        )
    shown = parts.head_and_feet["head"].shown if "head" in parts.head_and_feet else np.zeros(0, int)
    if unlike := int((shown < 0).sum()):
        said.append(
            f"In {unlike} of {len(shown)} frames the head is turned as no frame of the target shows it free "
            "of arms; there it is warped like all else and looks softer: film the head from all sides."
        )
    return tuple(said)


def notes_on_expressions(references: References, motion: BodyMotion, settings: ReferenceSettings) -> tuple[str, ...]:
    """Why a face has the target's expressions where the source's were asked for, in a sentence for the report."""
    lacking = {"source": motion.pose, "performer": references.frames.pose}
    named = [name for name, pose in lacking.items() if pose.face_openings is None]
    if settings.face != SOURCE or not named:
        return ()
    return (
        f"The face keeps the target's expressions, because nothing is known of those of the {' and the '.join(named)}: "
        "face=source needs landmarks/parts=mediapipe, faces that are seen, and a performer learned with it.",
    )
