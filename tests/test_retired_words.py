"""Names that were given up for the terms of the field do not come back: in the package, nor in the configurations."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path for path in (ROOT / "motion_transfer").rglob("*.py") if "configs" not in path.parts)
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))
# What a module is not called any more, and what it is.
RETIRED_MODULES = {
    "ahead": "prefetch",
    "answers": "diagnosis/",
    "camera_sway": "stabilization",
    "clearance": "self_collision",
    "completion": "texture_completion",
    "driven_truth": "cross_reenactment",
    "examination": "probes",
    "filling": "inpainting",
    "heaps": "allocator",
    "leaps": "identity_switches",
    "level": "ground_alignment",
    "level_filling": "anisotropic_diffusion",
    "look": "appearance_fit",
    "marks": "landmark_offsets",
    "overlays": "rerender",
    "recall": "training_record",
    "reenactment": "rollout",
    "shrinking": "resizing",
    "start": "initialization",
    "straightening": "trend_filter",
    "teaching": "generator_trainer",
    "thickness": "clothing_offset",
    "two_bones": "two_bone_ik",
    "unseen": "held_out",
    "waves": "dct_basis",
    "window": "crop_track",
    "words": "a name of what it holds",
}
# Classes, functions, methods, fields and arguments. Local variables may use these as the English words that they are.
RETIRED_DEFINITIONS = {
    "Answer": "Diagnostic",
    "Compared": "ScoredFrame",
    "Filling": "Inpainter",
    "Finding": "Diagnostic",
    "Finished": "OutputFrame",
    "Judged": "DiscriminatorMargins",
    "Look": "Appearance",
    "LookLearner": "AppearanceFitter",
    "Outline": "AlphaBounds",
    "Overlay": "Rerender",
    "OwnFrames": "PosedPerformer",
    "Raster": "Fragments",
    "Recalled": "TrainingRecord",
    "Sway": "CameraMotion",
    "TargetStage": "TargetScene",
    "Waves": "DctBasis",
    "WavesOfShots": "PerShotDctBasis",
    "WindowPath": "CropTrack",
    "_Drawn": "_ConditionedFrame",
    "ahead": "prefetch",
    "asked_maps": "condition_channels",
    "bind": "constrain_alpha",
    "bridge": "fill_nearest",
    "clip_norm": "gradient_clip_val",
    "driven_share": "cross_pose_fraction",
    "enlargement": "upsampling",
    "give_back": "trim_heap",
    "held_still": "stabilize",
    "judge_real": "lsgan_loss",
    "judged_input": "discriminator_input",
    "least_share": "min_detected_fraction",
    "least_trust": "trust.least",
    "measure_sway": "estimate_camera_motion",
    "mix_corners": "interpolate_barycentric",
    "most_frames": "max_frames",
    "own": "blend",
    "reenact": "rollout",
    "share_heaps": "limit_malloc_arenas",
    "source_frames": "registration.source.crop.max_frames",
    "source_rounds": "registration.source.appearance.iterations",
    "spread_colours": "dilate_colours",
    "steadied": "stabilized",
    "tell": "advance",
    "thickness_m": "clothing_offset_m",
    "to_judge": "discriminator_losses",
    "to_paint": "generator_losses",
    "touch": "penetration",
    "ways_out_m": "penetration_vectors_m",
    "widest": "max_channels",
    "without_haze": "stretch_alpha",
}
# Words of any identifier, of any docstring and of any line of the configurations.
RETIRED_WORDS = {
    "by heart": "overfitted",
    "heaps": "malloc arenas",
    "leap": "identity switch",
    "leaps": "identity switches",
    "lesson": "training set",
    "lessons": "training sets",
    "taught": "trained",
    "teach": "train",
    "teacher": "trainer",
    "teaches": "trains",
    "teaching": "training",
    "thickness": "clothing offset",
}
RETIRED_SETTINGS = {"head_trust": "head_blend", "most_frames": "max_frames"}
RETIRED_GROUPS = {"appearance": "registration", "order": "sampler", "penalty": "regularizer", "window": "registration"}


def definitions(tree: ast.AST) -> Iterator[str]:
    """Names of classes, functions, arguments, and fields of classes and of self."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        if isinstance(node, ast.ClassDef):
            fields = [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
            yield from (field.id for field in fields if isinstance(field, ast.Name))


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name that a module uses; a module that it imports from is looked at itself."""
    yield from definitions(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")


def docstrings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def words_of(identifier: str) -> set[str]:
    """`readBigWords` and `read_big_words` -> read, big, words."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def retired_in(text: str) -> set[str]:
    return {word for word in RETIRED_WORDS if re.search(rf"(?<![a-z]){word}(?![a-z])", " ".join(text.lower().split()))}


def retired_of_module(name: str, source: str) -> list[str]:
    """What a module still has, each with what it is called now."""
    tree = ast.parse(source)
    found = {f"module {name}: {RETIRED_MODULES[name]}"} if name in RETIRED_MODULES else set()
    found |= {f"{one}: {RETIRED_DEFINITIONS[one]}" for one in definitions(tree) if one in RETIRED_DEFINITIONS}
    for one in identifiers(tree):
        found |= {f"{word} in {one}: {RETIRED_WORDS[word]}" for word in words_of(one) & set(RETIRED_WORDS)}
    for text in docstrings(tree):
        found |= {f"{word} in a docstring: {RETIRED_WORDS[word]}" for word in retired_in(text)}
    return sorted(found)


def retired_of_config(path: str, text: str) -> list[str]:
    """What a YAML file still has in its path, its keys and its comments."""
    keys, now = re.findall(r"^\s*([a-z_0-9]+):", text, re.MULTILINE), RETIRED_DEFINITIONS | RETIRED_SETTINGS
    found = {f"{name}: {now[name]}" for name in keys if name in now}
    found |= {f"{group}: {RETIRED_GROUPS[group]}" for group in Path(path).parts if group in RETIRED_GROUPS}
    return sorted(found | {f"{word}: {RETIRED_WORDS[word]}" for word in retired_in(text)})


@pytest.mark.slow
@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_has_a_retired_word(path: Path) -> None:
    assert retired_of_module(path.stem, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_configuration_has_a_retired_word(path: Path) -> None:
    found = retired_of_config(str(path.relative_to(ROOT / "configs")), path.read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("class Lesson: ...", "lesson in Lesson: training set"),
        ("from a.performers import Teacher", "teacher in Teacher: trainer"),
        ("def f(tell): ...", "tell: advance"),
        ("class A:\n    thickness_m: int", "thickness_m: clothing_offset_m"),
        ("def f(self):\n    self.most_frames = 1", "most_frames: max_frames"),
        ('"""Known by\n   heart."""', "by heart in a docstring: overfitted"),
    ],
)
def test_each_place_where_a_word_can_come_back_is_searched(source: str, found: str) -> None:
    assert found in retired_of_module("module", source)
    assert retired_of_module("module", "ahead = start = own = 1  # in plain English") == []


def test_a_configuration_is_searched_in_its_path_keys_and_comments() -> None:
    assert retired_of_config("training/order/easy.yaml", "penalty: 1") == ["order: sampler"]
    assert retired_of_config("a.yaml", "b:\n  clip_norm: 1  # lessons") == [
        "clip_norm: gradient_clip_val",
        "lessons: training sets",
    ]
