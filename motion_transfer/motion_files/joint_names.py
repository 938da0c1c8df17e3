"""Find the joints of a body in a motion file under whatever names its exporter gave them."""

import re
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion_transfer.files.reading import UnreadableFileError
from motion_transfer.motion_files.bvh import BvhClip

# What exporters call a joint, without the side, in order of preference.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "pelvis": ("hips", "pelvis", "hip", "root"),
    "neck": ("neck", "neck1"),
    "head": ("head",),
    "hip": ("upleg", "thigh", "upperleg", "hip"),
    "knee": ("knee", "leg", "shin", "calf", "lowerleg"),
    "ankle": ("ankle", "foot"),
    "toe": ("toebase", "toe", "ball"),
    "shoulder": ("arm", "upperarm", "shoulder"),
    "elbow": ("forearm", "elbow", "lowerarm"),
    "wrist": ("hand", "wrist"),
}
MIDDLE = ("pelvis", "neck", "head")
SIDES = {"left": ("left", "l"), "right": ("right", "r")}


def name_joints(clip: BvhClip, path: Path) -> dict[str, Float[np.ndarray, "frame 3"]]:
    """Parsed file -> positions by the joints of `SYNONYMS`, with their side: `left_knee`.

    Raises:
        ValueError: a joint is missing.
    """
    plain = [re.sub(r"[^a-z0-9]", "", name.rsplit(":", 1)[-1].lower()) for name in clip.names]
    found: dict[str, Float[np.ndarray, "frame 3"]] = {}
    for joint, synonyms in SYNONYMS.items():
        for side, prefixes in {"": ("",)}.items() if joint in MIDDLE else SIDES.items():
            wanted = [prefix + synonym for synonym in synonyms for prefix in prefixes]
            wanted += [synonym + suffix for synonym in synonyms for suffix in prefixes if suffix]
            index = next((plain.index(name) for name in wanted if name in plain), None)
            if index is None:
                raise UnreadableFileError(
                    f"expected a joint for the {f'{side} {joint}'.strip()} in {path}, got "
                    f"{', '.join(clip.names[:12])}, ...; rename it to {wanted[0]!r}"
                )
            found[f"{side}_{joint}".lstrip("_")] = clip.positions[:, index]
    return found
