"""Every numeric setting by its name -> the numbers that make sense for it, checked before anything is built."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HUGE = 1e9
MOST = 1_000_000
KNOWN = ("motion_transfer.", "torch.", "pytorch_lightning.")  # classes whose settings are named below


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Numbers from `low` to `high`.

    Attributes:
        above, below: whether the bound itself is left out.
        whole: whether only whole numbers count.
    """

    low: float
    high: float
    above: bool = False
    below: bool = False
    whole: bool = False

    def __contains__(self, number: float) -> bool:
        if not math.isfinite(number) or (self.whole and number != int(number)):
            return False
        over = number > self.low if self.above else number >= self.low
        return over and (number < self.high if self.below else number <= self.high)

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        low = f"above {self.low:g}" if self.above else f"of at least {self.low:g}"
        return f"{kind} {low} and {'below' if self.below else 'up to'} {self.high:g}"


ANY = Range(low=-HUGE, high=HUGE)
WEIGHT = Range(low=0, high=HUGE)
POSITIVE = Range(low=0, high=HUGE, above=True)
FRACTION = Range(low=0, high=1)
SOME = Range(low=0, high=1, above=True)  # a fraction, but not none
PART = Range(low=0, high=1, above=True, below=True)  # neither none nor all
NOT_ALL = Range(low=0, high=1, below=True)
COUNT = Range(low=1, high=MOST, whole=True)
COUNT_OR_NONE = Range(low=0, high=MOST, whole=True)
SEED = Range(low=0, high=2**31 - 1, whole=True)
PIXELS = Range(low=16, high=8192, whole=True)
WIDTH = Range(low=1, high=4096, whole=True)  # of a network
DEGREES = Range(low=0, high=180)
SECONDS = Range(low=0, high=3600)
DURATION = Range(low=0, high=36_000, above=True)
PORT = Range(low=1, high=65_535, whole=True)

# The last names of settings; a setting whose last name stands for several things is named by more of its path.
NAMES: Mapping[Range, str] = {
    ANY: "low high",
    PORT: "port",
    WEIGHT: (
        "acceleration adversarial arm_penetration averaging blend bones code_noise colour depth_acceleration "
        "end_acceleration features feet gradient ground head hinges losses.alpha margin min_delta noise penetration "
        "points pose r1 reprojection rotation strength structure texture trunk upright votes weight_decay "
        "least_free_gb max_size older_than weights.betas wrists cycle fourier_weight spread stiffness "
        "cycle_gan.similarity"
    ),
    POSITIVE: (
        "anchor_length autoencoder.noise delta discriminator_lr "
        "depth_m_per_s2 eps factor focal foot_anchor_length foot_m_per_s gradient_clip_val "
        "ground_m joint_m_per_s2 lean learning_rate lr most_error_m most_off "
        "check_memory_mb check_s keep_days max_length_s max_upload_mb "
        "penalties[] penalty penetration_m points_spread radii[] "
        "rate reprojection_spread"
    ),
    FRACTION: (
        "share adversarial.start adversarial_start "
        "cross_pose_fraction decay end erase_probability erase_size familiar head_blend hold "
        "least lr_decay min_detected_fraction mirror_probability previous_fraction schedule.start "
        "schedules[].start shadow shift strange"
    ),
    SOME: (
        "alpha_floor image_normalization.alpha near largest_distance largest_distortion reach sensitivity.fraction "
        "start_fraction"
    ),
    PART: "boundaries[] fraction refiner.share train_fraction",
    NOT_ALL: "alpha betas[] dropout label_smoothing momentum rho zoom",
    COUNT: (
        "accumulate_grad_batches "
        "ascent batch capacity channels[] check_every clothing_views code_channels columns count dances every_steps "
        "every_validations first_crops folds frames held_out lanczos loops max_frames max_jobs "
        "max_uploads most optimizer_steps patience "
        "permutations probes processes projections repeats solver.iterations steps steps_between_validations stop "
        "tested texture_views top components generator_steps harmonics highest_order shapes vertices views"
    ),
    COUNT_OR_NONE: (
        "channel_pruning.steps decoded full_epoch iterations registrations skip_channels start texture_channels"
    ),
    SEED: "accuracy_seeds[] pair_seed pairs[] profile_seeds[] seed seeds[] turning_seeds[]",
    PIXELS: (
        "accuracy_px detection_px drawn_texture_px height height_px longest_side_px mask_px memory_px resolution "
        "side_px side_px.hands side_px.head speed_px texture_px width"
    ),
    WIDTH: "base_channels latent map_hidden[] max_channels mesh_channels similarity_hidden[]",
    DEGREES: "cross_pose_turn_deg pose_noise_deg turn_deg",
    SECONDS: "apart_s ease_s root_smoothing_s smoothing_s",
    DURATION: "drawn_s memory_s[] report_s seconds speed_s train_s turn_s",
    Range(low=0, high=0.5, above=True, below=True): "held_out_fraction",
    Range(low=0, high=3, whole=True): "axis",
    Range(low=0, high=100, whole=True): "bottleneck_blocks blocks local_blocks width_steps",
    Range(low=0, high=256, whole=True): "workers",
    Range(low=1, high=8, whole=True): "layers scales",
    Range(low=0, high=8, whole=True): "dropout_blocks unstrided",
    Range(low=1, high=10, whole=True): "levels",
    Range(low=1, high=1024, whole=True): "chunk",
    Range(low=1, high=10): "geometric.zoom photometric.colour",
    Range(low=0, high=100): "depth_margin_m",
    Range(low=0, high=0.5, below=True): "picture_margin",
    Range(low=0, high=10): "crop.margin synthesizer.margin",
    Range(low=0, high=180, above=True): "tolerance_deg",
    Range(low=0.05, high=20): "source_edit.speed",
    Range(low=0, high=1000, above=True): "clip_fps fps",
    Range(low=-360, high=360): "facing",
    Range(low=0, high=100_000): "minutes",
}
RANGES: Mapping[str, Range] = {name: numbers for numbers, names in NAMES.items() for name in names.split()}


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuse numbers that make no sense, before any work.

    Those of a class of the user's own may be any finite numbers.

    Args:
        settings: a resolved configuration.

    Raises:
        ValueError: a number is out of its range; where several settings refer to one, that one is named.
    """
    wrong = [(name, number, allowed) for name, number, allowed in numeric_settings(settings) if number not in allowed]
    if wrong:
        name, number, allowed = min(wrong, key=lambda one: (one[0].count("."), len(one[0])))
        raise ValueError(f"expected {name} to be {allowed}, got {name}={number}; correct it")


def numeric_settings(node: Any, name: str = "", *, known: bool = True) -> Iterator[tuple[str, float, Range]]:
    """Every number in a configuration with its dotted name, `name[0]` in lists, and the numbers that make sense for it.

    Args:
        known: whether it belongs to a class that is known here.
    """
    if isinstance(node, Mapping):
        known = str(node["_target_"]).startswith(KNOWN) if "_target_" in node else known
        for key, child in node.items():
            yield from numeric_settings(child, f"{name}.{key}" if name else str(key), known=known)
    elif isinstance(node, list | tuple):
        for index, child in enumerate(node):
            yield from numeric_settings(child, f"{name}[{index}]", known=known)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield name, node, range_of(name) if known else ANY


def range_of(name: str) -> Range:
    """The numbers that make sense for a setting, by the most of its dotted name that is known."""
    plain = ".".join(part.partition("[")[0] + ("[]" if "[" in part else "") for part in name.split("."))
    while plain:
        if plain in RANGES:
            return RANGES[plain]
        plain = plain.partition(".")[2]
    return ANY
