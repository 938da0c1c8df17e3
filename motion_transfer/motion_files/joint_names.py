"""The names that exporters give to joints -> which joints of a person they may be."""

import re
from collections.abc import Sequence

from motion_transfer.body.skeleton import SIDES
from motion_transfer.motion_files.skeleton_clip import END

# What exporters call a joint, without the side, in order of preference.
ALIASES: dict[str, tuple[str, ...]] = {
    "pelvis": ("hips", "pelvis", "hip"),
    "neck": ("neck", "neck1", "lowerneck", "neckbase"),
    "head": ("head", "head1", "skull", "headnode"),
    "hip": ("upleg", "upperleg", "thigh", "uleg", "femur", "hip", "leghip", "legupper", "leg"),
    "knee": ("knee", "shin", "calf", "lowerleg", "lowleg", "loleg", "lleg", "tibia", "legknee", "leglower", "leg"),
    "ankle": ("ankle", "foot", "legankle", "feet"),
    "toe": ("toebase", "toe", "toes", "ball", "forefoot", "toesbase", "toe1", "toe0", "bigtoe", "ballfoot", "foot"),
    "shoulder": ("arm", "upperarm", "uparm", "uarm", "shldr", "humerus", "armupper", "armshoulder", "shoulder"),
    "elbow": ("elbow", "forearm", "lowerarm", "lowarm", "loarm", "farm", "radius", "armlower", "armelbow", "arm1"),
    "wrist": ("wrist", "hand", "armwrist", "palm"),
}  # fmt: skip
MIDDLE = ("pelvis", "neck", "head")
LEG, ARM = ("hip", "knee", "ankle", "toe"), ("shoulder", "elbow", "wrist")
ROLES = (*MIDDLE, *(f"{side}_{part}" for side in SIDES for part in (*LEG, *ARM)))
SIDE_WORDS = {"left": "left", "l": "left", "lft": "left", "lt": "left", "right": "right", "r": "right"}
SIDE_WORDS |= {"rgt": "right", "rt": "right"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SIDE_WITHIN = re.compile(r"^(left|right)(?=[a-z])|(?<=[a-z])(left|right)$|^([lr])(?=[A-Z][a-z])")
STANDING_OUT = 0.8  # of all names have what is taken for a prefix
EMPTY_WORDS = {"c", "center", "jnt", "joint", "jt", "bone", "bind", "def", "bn"}  # say nothing of which joint it is
ASF_BONES = ("femur", "tibia", "foot", "toes", "humerus", "radius", "wrist", "hand", "clavicle", "thumb", "fingers")


def plain_names(names: Sequence[str]) -> list[tuple[str, str]]:
    """Names -> the side (`left`, `right` or nothing) and the rest of each, in small letters without separators.

    What most names begin or end with, such as `mixamorig:`, `Character1_` and `_JNT`, is left out.
    """
    bare = [re.split(r"[:|]", name)[-1].strip() for name in names]
    bare = _without_common_start(bare, start=True)
    bare = _without_common_start(bare, start=False)
    return [_side_and_rest(name) for name in bare]


def candidates(plain: Sequence[tuple[str, str]], role: str) -> list[tuple[int, int]]:
    """The joints that may be a role by name: how far down the list of preferences, and the joint's index."""
    side, _, part = role.rpartition("_")
    found = []
    for index, (of_side, rest) in enumerate(plain):
        if of_side == side and rest in ALIASES[part]:
            found.append((ALIASES[part].index(rest), index))
    return sorted(found)


def _side_and_rest(name: str) -> tuple[str, str]:
    ending = END if name.endswith(END) else ""
    words = [word.lower() for word in WORD.findall(SIDE_WITHIN.sub(_apart, name.removesuffix(END)))]
    words = [_without_zeros(word) for word in words]
    side = ""
    for at in (0, len(words) - 1, *range(1, len(words) - 1)):
        rest = words[:at] + words[at + 1 :]
        if words and words[at] in SIDE_WORDS and any(not word.isdigit() for word in rest):
            side, words = SIDE_WORDS[words[at]], rest
            break
    joined = "".join([word for word in words if word not in EMPTY_WORDS] or words)
    if not side and re.fullmatch(r"[lr][uf](arm|leg)", joined):  # LUArm of OptiTrack
        side, joined = SIDE_WORDS[joined[0]], joined[1:]
    if not side and joined[:1] in "lr" and joined[1:] in ASF_BONES:
        side, joined = SIDE_WORDS[joined[0]], joined[1:]
    return side, joined + ending


def _apart(match: re.Match[str]) -> str:
    return f" {match[0]} "


def _without_zeros(word: str) -> str:
    return str(int(word)) if word.isdigit() and len(word) < 9 else word


def _without_common_start(names: list[str], *, start: bool) -> list[str]:
    """Cut off the longest beginning (or ending), up to a separator, that most names share."""
    turned = [name.removesuffix(END) for name in names]
    ends = [name[len(bare) :] for name, bare in zip(names, turned, strict=True)]
    turned = turned if start else [name[::-1] for name in turned]
    found: dict[str, int] = {}
    for name in turned:
        for match in re.finditer(r"[_ .\-]+", name):
            found[name[: match.end()]] = found.get(name[: match.end()], 0) + 1
    shared = [part for part, count in found.items() if count >= STANDING_OUT * len(names)]
    sides = {"left", "right", "l", "r"}
    shared = [part for part in shared if not {word.lower() for word in re.split(r"[_ .\-]+", part)} & sides]
    longest = max(shared, key=len, default="")
    cut = [name.removeprefix(longest) or name for name in turned]
    cut = cut if start else [name[::-1] for name in cut]
    return [name + end for name, end in zip(cut, ends, strict=True)]
