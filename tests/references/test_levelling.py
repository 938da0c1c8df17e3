"""Where the texture stands in, it takes on the shade of the references beside it."""

import numpy as np

from motion_transfer.references.levelling import feathered, levelled
from motion_transfer.references.sampling import Blend

HEIGHT, WIDTH = 160, 96


def shown(columns: slice, grey: float) -> Blend:
    """References that show a grey surface in some columns."""
    share = np.zeros((HEIGHT, WIDTH), np.float32)
    share[:, columns] = 1
    return Blend(rgb=np.repeat(share[..., None] * np.float32(grey), 3, 2), alpha=share.copy(), share=share)


def test_a_darker_texture_is_lit_as_the_references_beside_it() -> None:
    texture, body = np.full((HEIGHT, WIDTH, 3), 100, np.float32), np.ones((HEIGHT, WIDTH), np.float32)
    lit = levelled(texture, shown(slice(0, 48), 120), body)
    np.testing.assert_allclose(lit[:, 48:56], 120, atol=2)
    assert np.abs(lit[:, 90:] - 100).max() < np.abs(lit[:, 50:56] - 100).min() + 1e-3


def test_its_pattern_stays() -> None:
    stripes = np.where(np.arange(HEIGHT) % 4 < 2, 90, 110).astype(np.float32)
    texture = np.repeat(np.repeat(stripes[:, None, None], WIDTH, 1), 3, 2)
    lit = levelled(texture, shown(slice(0, 48), 120), np.ones((HEIGHT, WIDTH), np.float32))
    change = (lit - texture)[:, 48:56]
    assert change.std() < 1 < change.mean()


def test_another_object_is_no_shade() -> None:
    texture, body = np.full((HEIGHT, WIDTH, 3), 20, np.float32), np.ones((HEIGHT, WIDTH), np.float32)
    assert levelled(texture, shown(slice(0, 48), 250), body).max() < 20 + 48.5


def test_without_references_nothing_changes() -> None:
    texture, body = np.full((HEIGHT, WIDTH, 3), 100, np.float32), np.ones((HEIGHT, WIDTH), np.float32)
    np.testing.assert_array_equal(levelled(texture, shown(slice(0, 0), 120), body), texture)
    beside = levelled(texture, shown(slice(0, 48), 120), np.zeros((HEIGHT, WIDTH), np.float32))
    np.testing.assert_array_equal(beside, texture)


def test_references_pass_into_the_texture_without_a_seam() -> None:
    share = np.zeros((500, 60), np.float32)  # a seam of six pixels
    share[:, :30] = 1
    found = Blend(rgb=np.repeat(share[..., None], 3, 2), alpha=share.copy(), share=share)
    passing = feathered(found, np.ones_like(share)).share
    assert (np.diff(passing, axis=1) <= 0).all()
    assert np.abs(np.diff(passing, axis=1)).max() < 0.3
    assert (passing[:, :24] == 1).all()
    assert (passing[:, 30:] == 0).all()


def test_beside_the_body_and_around_single_pixels_references_stay() -> None:
    share = np.zeros((500, 60), np.float32)
    share[:, :30] = 1
    found = Blend(rgb=np.repeat(share[..., None], 3, 2), alpha=share.copy(), share=share)
    np.testing.assert_array_equal(feathered(found, np.zeros_like(share)).share, share)
    share = np.ones((500, 60), np.float32)
    share[40, 50] = 0
    pierced = Blend(rgb=np.repeat(share[..., None], 3, 2), alpha=share.copy(), share=share)
    np.testing.assert_array_equal(feathered(pierced, np.ones_like(share)).share, share)
