"""Clothes, hair and faces painted on a body's atlas by where each texel lies on the body at rest."""

import colorsys

import numpy as np
import torch
from jaxtyping import Bool, Float

from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import PARTS, joint
from motion_transfer.domain.value import value
from motion_transfer.synthetic.atlas import Atlas

Colour = tuple[float, float, float]
SKINS = ((0.93, 0.76, 0.65), (0.87, 0.67, 0.53), (0.78, 0.57, 0.43), (0.62, 0.43, 0.31), (0.45, 0.30, 0.21))
HAIRS = ((0.10, 0.08, 0.07), (0.25, 0.15, 0.09), (0.45, 0.30, 0.16), (0.72, 0.56, 0.32), (0.38, 0.14, 0.07))
PATTERNS = ("plain", "stripes", "checks")
FACE_LANDMARKS = ("nose", "left_eye", "right_eye", "mouth_left", "mouth_right", "left_ear")


@value
class Outfit:
    """What is worn; colours are RGB in [0, 1]."""

    skin: Colour
    hair: Colour
    long_hair: bool
    shirt: Colour
    shirt_accent: Colour
    shirt_pattern: str
    long_sleeves: bool
    trousers: Colour
    long_trousers: bool
    shoes: Colour
    band: Colour


def random_outfit(generator: np.random.Generator) -> Outfit:
    """Draw an outfit whose shirt, trousers and accents can be told apart."""
    hue = generator.random()

    def colour(turn: float, saturation: float, brightness: float) -> Colour:
        return colorsys.hsv_to_rgb((hue + turn) % 1, saturation, brightness)

    dark = generator.random() < 0.6
    return Outfit(
        skin=SKINS[generator.integers(len(SKINS))],
        hair=HAIRS[generator.integers(len(HAIRS))],
        long_hair=bool(generator.random() < 0.5),
        shirt=colour(0, generator.uniform(0.45, 0.8), generator.uniform(0.65, 0.9)),
        shirt_accent=colour(0.5, generator.uniform(0.1, 0.5), generator.uniform(0.85, 0.95)),
        shirt_pattern=PATTERNS[generator.integers(len(PATTERNS))],
        long_sleeves=bool(generator.random() < 0.5),
        trousers=colour(generator.uniform(0.3, 0.7), 0.4, 0.3) if dark else colour(0.1, 0.2, 0.75),
        long_trousers=bool(generator.random() < 0.65),
        shoes=colour(0.4, 0.15, generator.choice([0.15, 0.9])),
        band=colour(0.33, 0.9, 0.9),
    )


def paint(
    atlas: Atlas, model: BodyModel, outfit: Outfit, generator: np.random.Generator
) -> Float[np.ndarray, "height width 3"]:
    """Colours of all texels: skin first, clothes over it, then hair and face, and the weave of the cloth last."""
    joints = (model.joint_regressor @ model.template_m).numpy()
    at = {name: joints[joint(name)] for name in ("spine1", "neck", "left_knee", "left_ankle", "left_wrist", "head")}
    rgb = np.empty(atlas.rest_m.shape)
    rgb[:] = outfit.skin
    cloth = _paint_trousers(rgb, atlas, outfit, at) | _paint_shirt(rgb, atlas, outfit, at)
    _paint_shoes(rgb, atlas, outfit, at)
    _paint_band(rgb, atlas, outfit, at)
    _paint_head(rgb, atlas, outfit, model)
    return (rgb * _weave(atlas, cloth, generator)[..., None]).clip(0, 1)


def _of_part(atlas: Atlas, *names: str) -> Bool[np.ndarray, "height width"]:
    """Texels of the parts with these names, on both sides."""
    wanted = [i for i, part in enumerate(PARTS) if part in names or part.partition("_")[2] in names]
    return np.isin(atlas.part, wanted)


def _paint_trousers(rgb: np.ndarray, atlas: Atlas, outfit: Outfit, at: dict[str, np.ndarray]) -> np.ndarray:
    x, y, _ = np.moveaxis(atlas.rest_m, -1, 0)
    hem = at["left_ankle"][1] + 0.01 if outfit.long_trousers else at["left_knee"][1] + 0.06
    worn = _of_part(atlas, "thigh", "shank", "foot") | (_of_part(atlas, "torso") & (y < at["spine1"][1]))
    worn &= y > hem
    rgb[worn] = outfit.trousers
    # A seam of the accent colour runs down the left leg alone: it tells left from right.
    seam = worn & (x > 0) & (atlas.normal[..., 0] > 0.85) & (y < at["spine1"][1] - 0.12)
    rgb[seam] = outfit.shirt_accent
    belt = worn & (y > at["spine1"][1] - 0.1) & (y < at["spine1"][1] - 0.06)
    rgb[belt] = np.multiply(outfit.trousers, 0.45)
    return worn


def _paint_shirt(rgb: np.ndarray, atlas: Atlas, outfit: Outfit, at: dict[str, np.ndarray]) -> np.ndarray:
    x, y, z = np.moveaxis(atlas.rest_m, -1, 0)
    reach = at["left_wrist"][0] - 0.02 if outfit.long_sleeves else 0.55 * at["left_wrist"][0]
    arms = _of_part(atlas, "upper_arm", "forearm", "hand") & (np.abs(x) < reach)
    trunk = _of_part(atlas, "torso", "thigh") & (y > at["spine1"][1] - 0.075)
    neckline = np.hypot(x, (y - at["neck"][1] - 0.01) * 0.9) < np.where(z > at["neck"][2], 0.085, 0.06)
    bare = neckline | (y > at["neck"][1] + 0.015)
    worn = (arms | trunk) & ~(bare & _of_part(atlas, "torso"))
    rgb[worn] = outfit.shirt
    along = np.where(arms, np.abs(x), y)
    across = np.where(arms, y, x)
    if outfit.shirt_pattern == "stripes":
        rgb[worn & (np.mod(along, 0.08) < 0.03)] = outfit.shirt_accent
    if outfit.shirt_pattern == "checks":
        line = (np.mod(along, 0.07) < 0.014) | (np.mod(across + 0.007, 0.07) < 0.014)
        rgb[worn & line] = outfit.shirt_accent
    cuff = worn & arms & (np.abs(x) > reach - 0.02)
    rgb[cuff] = np.multiply(outfit.shirt, 0.6)
    chest = at["neck"][1] - 0.17
    logo = np.hypot(x - 0.075, y - chest) < 0.042
    rgb[worn & ~arms & logo & (z > 0)] = outfit.band
    rgb[worn & ~arms & logo & (z > 0) & (np.abs(x - 0.075) < 0.014)] = (0.97, 0.97, 0.97)
    back = worn & ~arms & (z < -0.01) & (atlas.normal[..., 2] < 0)
    rgb[back & (np.abs(x) < 0.09) & (np.abs(y - chest) < 0.06)] = outfit.shirt_accent
    rgb[back & (np.abs(np.abs(x) - 0.035) < 0.012) & (np.abs(y - chest) < 0.045)] = outfit.trousers
    return worn


def _paint_shoes(rgb: np.ndarray, atlas: Atlas, outfit: Outfit, at: dict[str, np.ndarray]) -> None:
    x, y, z = np.moveaxis(atlas.rest_m, -1, 0)
    feet = _of_part(atlas, "foot")
    ankle = at["left_ankle"]
    sole = y[feet].min()
    rgb[_of_part(atlas, "foot", "shank") & (y < ankle[1] + 0.02)] = (0.92, 0.92, 0.9)  # socks
    rgb[feet & (y < ankle[1] - 0.005)] = outfit.shoes
    rgb[feet & (y < sole + 0.015)] = np.multiply(outfit.shoes, 0.6)
    flash = feet & (y > sole + 0.02) & (y < ankle[1] - 0.01) & (np.abs(z - ankle[2] - 0.07) < 0.012)
    rgb[flash & (x > 0)] = outfit.band
    rgb[flash & (x < 0)] = outfit.shirt


def _paint_band(rgb: np.ndarray, atlas: Atlas, outfit: Outfit, at: dict[str, np.ndarray]) -> None:
    """A band around the right wrist."""
    wrist = at["left_wrist"][0]
    x = atlas.rest_m[..., 0]
    rgb[_of_part(atlas, "forearm", "hand") & (x < -wrist + 0.055) & (x > -wrist + 0.005)] = outfit.band


def _paint_head(rgb: np.ndarray, atlas: Atlas, outfit: Outfit, model: BodyModel) -> None:
    x, y, z = np.moveaxis(atlas.rest_m, -1, 0)
    anchors = landmark_anchors(model, FACE_LANDMARKS)
    points = anchors.posed(torch.zeros(model.betas), torch.eye(4).expand(1, anchors.template_m.shape[1], 4, 4))
    nose, left_eye, _, left_mouth, _, ear = points[0].numpy()
    head = _of_part(atlas, "head")
    tall = model.template_m[model.part_of_vertex == PARTS.index("head"), 1].max().item() - nose[1]
    front = head & (atlas.normal[..., 2] > -0.2) & (z > ear[2] + 0.03)
    wide = np.abs(x)
    nape = nose[1] - (1.3 if outfit.long_hair else 0.25) * tall
    hairline = nose[1] + 0.62 * tall - 0.9 * wide**2 / tall
    hair = head & ((y > hairline) | ((z < ear[2] + 0.015) & (y > nape)))
    outer_ear = head & (np.hypot(y - ear[1], (z - ear[2])) < 0.25 * tall) & (wide > 0.93 * abs(ear[0]))
    eye_x, eye_y = abs(left_eye[0]), left_eye[1]
    eye = front & ((wide - eye_x) ** 2 / 0.015**2 + (y - eye_y) ** 2 / 0.0075**2 < 1)
    iris = eye & (np.hypot(wide - eye_x, y - eye_y) < 0.0065)
    brow = front & (np.abs(wide - eye_x) < 0.022) & (np.abs(y - eye_y - 0.024 + 8 * (wide - eye_x) ** 2) < 0.003)
    mouth_y = left_mouth[1]
    lips = front & (wide < abs(left_mouth[0]) + 0.004) & (np.abs(y - mouth_y) < 0.008 * (1.2 - wide / 0.04))
    cheek = front & (np.hypot(wide - eye_x - 0.012, y - nose[1]) < 0.018)
    rgb[cheek] = rgb[cheek] * 0.85 + np.array([0.85, 0.45, 0.42]) * 0.15
    if outfit.long_hair:  # it falls over the nape
        hair |= _of_part(atlas, "torso") & (z < ear[2] - 0.01) & (y > nape) & (wide < 0.09)
    rgb[hair & ~outer_ear] = outfit.hair
    rgb[brow] = np.multiply(outfit.hair, 0.8)
    rgb[eye] = (0.95, 0.95, 0.94)
    rgb[iris] = (0.12, 0.09, 0.08)
    rgb[lips] = np.multiply(outfit.skin, (0.85, 0.55, 0.55))


def _weave(atlas: Atlas, cloth: np.ndarray, generator: np.random.Generator) -> Float[np.ndarray, "height width"]:
    """Slow shades like folds on cloth, and a fine grain everywhere; factors around 1."""
    folds = np.zeros(cloth.shape)
    for _ in range(5):
        wave = generator.normal(0, 1, 3) * [22, 14, 22]
        folds += np.sin(atlas.rest_m @ wave + generator.uniform(0, 2 * np.pi))
    return 1 + np.where(cloth, 0.03, 0.008) * folds + generator.normal(0, 0.012, cloth.shape)
