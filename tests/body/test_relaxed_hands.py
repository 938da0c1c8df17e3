"""Fingers that curl and close: as stiff bones about their heads, toward the palm, alike on both sides."""

import numpy as np

from motion_transfer.body.relaxed_hands import CLOSED, CURL_DEG, relax_fingers

FINGERS = [f"finger{digit}-{k}" for digit in range(1, 6) for k in (1, 2, 3)]
LABELS = [name + side for side in (".L", ".R") for name in ("wrist", *FINGERS)]
SPREAD_DEG = {1: 50.0, 2: 15.0, 3: 0.0, 4: -12.0, 5: -25.0}
BONE_M = 0.03
MIRROR = np.array([-1.0, 1, 1])


def sculpted_heads() -> np.ndarray:
    """Hands that point down with spread, hardly bent fingers; the left palm looks to -x, thumbs point to +z."""
    heads = np.zeros((1, len(LABELS), 3))
    for digit, spread in SPREAD_DEG.items():
        turn = np.deg2rad(spread)
        at = np.array([0.4, -0.1, 0.02 * (3 - digit)])
        for k in (1, 2, 3):
            heads[0, LABELS.index(f"finger{digit}-{k}.L")] = at
            heads[0, LABELS.index(f"finger{digit}-{k}.R")] = at * MIRROR
            bent = np.deg2rad(6.0 * k)
            step = np.array([-np.sin(bent), -np.cos(bent) * np.cos(turn), np.cos(bent) * np.sin(turn)])
            at = at + BONE_M * step
    return heads


def tips(heads: np.ndarray) -> np.ndarray:
    """The end of each bone, as vertices that only it moves; a bone of a fingertip is as long as the one before."""
    ends = heads.copy()
    for i, label in enumerate(LABELS):
        if label.startswith("finger"):
            name, side = label[:-3], label[-2:]
            k = int(label[-3])
            before, after = (LABELS.index(f"{name}{n}{side}") for n in ((k, k + 1) if k < 3 else (2, 3)))
            ends[0, i] = heads[0, i] + heads[0, after] - heads[0, before]
    return ends


def relaxed() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    heads = sculpted_heads()
    given = tips(heads)
    return heads[0], given[0], relax_fingers(given, heads, np.eye(len(LABELS)), LABELS)[0]


def bone(name: str) -> int:
    return LABELS.index(name)


def test_bones_stay_as_long_and_joined_as_they_were() -> None:
    heads, given, after = relaxed()
    for side in (".L", ".R"):
        for digit in range(1, 6):
            chain = [bone(f"finger{digit}-{k}{side}") for k in (1, 2, 3)]
            starts = [heads[chain[0]], after[chain[0]], after[chain[1]]]
            before = np.linalg.norm(given[chain] - heads[chain], axis=1)
            np.testing.assert_allclose(np.linalg.norm(after[chain] - starts, axis=1), before, atol=1e-9)


def test_fingers_curl_toward_the_palm_by_their_angles() -> None:
    heads, given, after = relaxed()
    for digit, angles in CURL_DEG.items():
        chain = [bone(f"finger{digit}-{k}.L") for k in (1, 2, 3)]
        directions = np.diff([heads[chain[0]], *after[chain]], axis=0) / BONE_M
        was = np.diff([heads[chain[0]], *given[chain]], axis=0) / BONE_M
        assert (directions[:, 0] < was[:, 0]).all()  # the left palm looks to -x
        for k, angle in enumerate(angles[1:], start=1):
            bend, bent = (np.rad2deg(np.arccos(np.clip(d[k] @ d[k - 1], -1, 1))) for d in (directions, was))
            np.testing.assert_allclose(bend - bent, angle, atol=0.5)


def test_fingers_close_by_their_share() -> None:
    heads, _, after = relaxed()
    for digit in (2, 4, 5):
        first, middle = ((after[bone(f"finger{d}-1.L")] - heads[bone(f"finger{d}-1.L")]) for d in (digit, 3))
        spread = np.rad2deg(np.arctan2(first[2], -first[1]) - np.arctan2(middle[2], -middle[1]))
        assert abs(spread) < abs(SPREAD_DEG[digit]) * (1 - CLOSED) + 2


def test_both_hands_are_mirror_images_and_nothing_else_moves() -> None:
    _, given, after = relaxed()
    left, right = ([i for i, label in enumerate(LABELS) if label.endswith(side)] for side in (".L", ".R"))
    np.testing.assert_allclose(after[left] * MIRROR, after[right], atol=1e-12)
    wrists = [bone("wrist.L"), bone("wrist.R")]
    np.testing.assert_array_equal(after[wrists], given[wrists])
