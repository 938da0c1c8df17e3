"""Recoloured samples: what must agree still does, and the generator never learns from a colour it was not shown."""

import torch

from motion_transfer.datasets.recolouring import recoloured
from motion_transfer.rendering.smpl_maps import SMPL_CHANNELS
from motion_transfer.rendering.stick_maps import STICK_CHANNELS
from motion_transfer.training.augmentation import PhotometricAugmentation

TEXTURE = [SMPL_CHANNELS.index(f"texture_{c}") for c in "rgb"]
SEEN, BODY = SMPL_CHANNELS.index("seen"), SMPL_CHANNELS.index("silhouette")
REST = [i for i in range(len(SMPL_CHANNELS)) if i not in (*TEXTURE, SEEN)]


def sample() -> dict[str, torch.Tensor]:
    """A frame that is exactly the texture over the plate."""
    torch.manual_seed(0)
    maps = torch.rand(len(SMPL_CHANNELS), 32, 24)
    maps[BODY] = 0
    maps[BODY, 8:24, 6:18] = 1
    maps[TEXTURE] = (torch.rand(3, 32, 24) - 0.5) * maps[BODY]
    maps[SEEN] = maps[BODY]
    plate = torch.rand(3, 32, 24) - 0.5
    rgb = torch.where(maps[BODY] > 0, maps[TEXTURE], plate)
    return {"maps": maps, "maps_before": maps.clone(), "plate": plate, "rgb": rgb, "alpha": maps[BODY][None]}


def plan(*, colour: float = 1.0, noise: float = 0.0, erase_probability: float = 0.0) -> PhotometricAugmentation:
    return PhotometricAugmentation(colour=colour, noise=noise, erase_probability=erase_probability, erase_size=0.5)


def test_frame_plate_and_texture_take_the_same_colours() -> None:
    given, changed = sample(), recoloured(sample(), SMPL_CHANNELS, plan(colour=1.3), 3)
    body = given["maps"][BODY] > 0
    assert (changed["rgb"] - given["rgb"]).abs().mean() > 0.01
    for name in ("maps", "maps_before"):
        over = torch.where(body, changed[name][TEXTURE], changed["plate"])
        torch.testing.assert_close(over, changed["rgb"])
        assert torch.equal(changed[name][REST], given[name][REST])
    assert torch.equal(changed["maps"][TEXTURE] * ~body, torch.zeros(3, 32, 24))
    assert torch.equal(changed["alpha"], given["alpha"])


def test_another_seed_gives_other_colours_and_the_same_seed_the_same() -> None:
    first, again, other = (recoloured(sample(), SMPL_CHANNELS, plan(colour=1.3), seed)["rgb"] for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_noise_is_in_what_is_read_and_not_in_what_is_taught() -> None:
    given, changed = sample(), recoloured(sample(), SMPL_CHANNELS, plan(noise=0.1), 1)
    torch.testing.assert_close(changed["rgb"], given["rgb"])
    difference = (changed["maps"] - given["maps"])[TEXTURE][:, given["maps"][BODY] > 0]
    assert 0.15 < float(difference.std()) < 0.25  # colours span 2


def test_a_hole_takes_texture_and_its_trust_but_not_the_body() -> None:
    changed = [recoloured(sample(), SMPL_CHANNELS, plan(erase_probability=1.0), seed)["maps"] for seed in range(8)]
    holes = [(maps[BODY] > 0) & (maps[SEEN] == 0) for maps in changed]
    assert any(hole.any() for hole in holes)
    for maps, hole in zip(changed, holes, strict=True):
        assert torch.equal(maps[BODY], sample()["maps"][BODY])
        assert maps[TEXTURE][:, hole].abs().sum() == 0


def test_without_a_texture_to_read_the_colours_stay() -> None:
    given = sample()
    assert recoloured(given, STICK_CHANNELS, plan(colour=1.3), 3) is given
