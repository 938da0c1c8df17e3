"""What has a colour that a part of the body does not have is no part of it."""

import numpy as np
import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS
from motion_transfer.references.atlas import Place
from motion_transfer.references.foreign import shows_body
from motion_transfer.references.frames import ReferencePicture
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


def test_what_is_white_on_a_brown_body_is_not_believed_but_for_the_head(tiny_body: BodyModel) -> None:
    """The white of eyes is the head's own."""
    head = tiny_body.part_of_vertex == PARTS.index("head")
    places = torch.tensor([130.0, 60.0]).expand(len(head), 2).clone()
    shown = shows_body(places, half_white(), skin_texture(), tiny_body)
    assert shown[~head].max() == 0
    assert shown[head].min() == 1
    places[:, 0] = 110
    assert shows_body(places, half_white(), skin_texture(), tiny_body).min() == 1


def test_stripes_are_a_bodys_own_and_what_is_white_beside_its_matte_does_not_count(tiny_body: BodyModel) -> None:
    hand = torch.tensor(["hand" in PARTS[part] for part in tiny_body.part_of_vertex.tolist()])
    striped = skin_texture()
    striped.rgb[:, ::4] = 1.0
    places = torch.tensor([130.0, 60.0]).expand(len(hand), 2).clone()
    assert shows_body(places, half_white(), striped, tiny_body)[~hand].min() == 1
    white = half_white()
    white.picture.matte[:, 20:] = 0
    places = torch.tensor([118.0, 60.0]).expand(len(hand), 2).clone()
    places[0, 1] = 60 + 400  # a body of 400 pixels, whose blur is wide
    assert shows_body(places, white, skin_texture(), tiny_body)[1:].min() == 1


def test_a_part_that_was_never_seen_vetoes_nothing(tiny_body: BodyModel) -> None:
    places = torch.tensor([130.0, 60.0]).expand(len(tiny_body.template_m), 2).clone()
    assert shows_body(places, half_white(), skin_texture(seen=0.0), tiny_body).min() == 1
