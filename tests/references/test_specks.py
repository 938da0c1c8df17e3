"""A hand that pokes through a thigh leaves no specks on it."""

import numpy as np
import torch

from motion_transfer.references.specks import without_specks
from motion_transfer.rendering.rasterizer import Fragments

HAND, THIGH = 1, 0


def shown(face: np.ndarray) -> Fragments:
    faces = torch.from_numpy(face)[None]
    return Fragments(
        face=faces,
        barycentric=torch.ones(*faces.shape, 3) / 3,
        depth_m=torch.where(faces >= 0, 2.0 - 0.1 * faces, torch.inf),
    )


def test_specks_amidst_the_body_show_what_is_beside_them_and_fingers_stay() -> None:
    face = np.full((200, 100), -1)
    face[50:180, 20:80] = THIGH
    face[100, 40] = face[120:122, 50:52] = HAND  # specks
    face[60:75, 70:90] = HAND  # a hand that reaches beyond the body
    face[90, 80:82] = HAND  # the tip of a finger at the outline
    found = without_specks(shown(face), face == HAND, len(face))
    wanted = face.copy()
    wanted[100, 40] = wanted[120:122, 50:52] = THIGH
    np.testing.assert_array_equal(found.face[0].numpy(), wanted)
    assert found.depth_m[0, 100, 40] == 2.0


def test_a_hand_in_front_of_the_body_stays() -> None:
    face = np.full((200, 100), THIGH)
    face[60:80, 40:60] = HAND
    fragments = shown(face)
    np.testing.assert_array_equal(without_specks(fragments, face == HAND, len(face)).face, fragments.face)
