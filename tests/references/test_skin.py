"""A finger of another colour than the hand is no finger."""

import numpy as np
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.references.atlas import Place
from motion_transfer.references.frames import ReferencePicture
from motion_transfer.references.skin import shows_hands
from motion_transfer.rendering.texture import Texture

BROWN, WHITE = (0.5, 0.35, 0.25), 255


def skin_texture(seen: float = 1.0) -> Texture:
    return Texture(rgb=torch.tensor(BROWN).view(3, 1, 1).expand(3, 64, 64).clone(), seen=torch.full((64, 64), seen))


def half_white() -> Place:
    """Skin on the left, a ball on the right."""
    rgb = np.empty((40, 40, 3), np.uint8)
    rgb[:, :20], rgb[:, 20:] = (np.array(BROWN) * 255).round(), WHITE
    picture = ReferencePicture(foreground=rgb, matte=np.full((40, 40), 255, np.uint8), trusted=np.ones((40, 40), bool))
    return Place(picture=picture, corner_px=np.array([100, 50], np.float32))


def test_what_is_white_on_a_brown_hand_is_not_believed(tiny_body: BodyModel) -> None:
    hands = torch.tensor(["hand" in PARTS[part] for part in tiny_body.part_of_vertex.tolist()])
    places = torch.tensor([130.0, 60.0]).expand(len(hands), 2).clone()
    shown = shows_hands(places, half_white(), skin_texture(), tiny_body)
    assert hands.any()
    assert shown[hands].max() == 0
    assert shown[~hands].min() == 1
    places[:, 0] = 110
    assert shows_hands(places, half_white(), skin_texture(), tiny_body).min() == 1


def test_a_hand_that_was_never_seen_vetoes_nothing(tiny_body: BodyModel) -> None:
    places = torch.tensor([130.0, 60.0]).expand(len(tiny_body.template_m), 2).clone()
    assert shows_hands(places, half_white(), skin_texture(seen=0.0), tiny_body).min() == 1
