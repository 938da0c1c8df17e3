"""Settings that have another name now, so that an old override is answered with the new one."""

from collections.abc import Mapping

RENAMED: Mapping[str, str] = {  # settings, groups, and options as `group=option`; what lies below them moves along
    "appearance.rounds": "registration.appearance.iterations",
    "appearance.texture_px": "registration.appearance.texture_px",
    "appearance.texture_views": "registration.appearance.texture_views",
    "appearance.thickness_views": "registration.appearance.clothing_views",
    "channels": "channel_pruning",
    "fitting.focal": "fitting.estimator.focal",
    "fitting.refit_iterations": "fitting.refiner.solver.iterations",
    "fitting.solver.iterations": "fitting.estimator.solver.iterations",
    "fitting.solver.lr": "fitting.estimator.solver.lr",
    "fitting.solver.weights": "fitting.weights",
    "fitting.solver.weights.touch": "fitting.solver.weights.penetration",
    "fitting.solver.weights.touch_m": "fitting.solver.weights.penetration_m",
    "landmarks.least_share": "landmarks.min_detected_fraction",
    "landmarks.person": "person",
    "landmarks=mediapipe": "landmarks/detector=mediapipe",
    "margins": "discriminator_margins",
    "patterns": "patch_statistics",
    "plate": "registration/inpainter",
    "plate=pieces": "registration/inpainter=patches",
    "retargeting.arms_smoothing_s": "retargeting.steps.self_collision.smoothing_s",
    "retargeting.depth_margin_m": "retargeting.steps.placement.depth_margin_m",
    "retargeting.ease_s": "retargeting.steps.foot_planting.ease_s",
    "retargeting.facing": "retargeting.steps.facing.facing",
    "retargeting.ground_smoothing_s": "retargeting.steps.ground_alignment.smoothing_s",
    "retargeting.picture_margin": "retargeting.steps.placement.picture_margin",
    "retargeting.root_smoothing": "retargeting.steps.trend_filter.strength",
    "retargeting.root_smoothing_s": "retargeting.steps.foot_planting.root_smoothing_s",
    "sensitivity.share": "sensitivity.fraction",
    "snapshots": "snapshot_ensemble",
    "source_frames": "registration.source.crop.max_frames",
    "source_rounds": "registration.source.appearance.iterations",
    "synthesizer.least_trust": "synthesizer.trust.least",
    "train_share": "train_fraction",
    "training.augmentation.geometric.mirror_share": "training.augmentation.geometric.mirror_probability",
    "training.augmentation.photometric.erase_share": "training.augmentation.photometric.erase_probability",
    "training.callbacks.averaging.start_share": "training.callbacks.averaging.start_fraction",
    "training.discriminator": "synthesis.discriminator",
    "training.gan_start": "training.objective.adversarial.start",
    "training.generator": "synthesis.generator",
    "training.gradient_clip_val": "training.objective.gradient_clip_val",
    "training.label_smoothing": "training.objective.adversarial.label_smoothing",
    "training.max_validated": "training.held_out.max_frames",
    "training.order": "training.sampler",
    "training.penalties": "training.objective.regularizers",
    "training.r1": "training.objective.adversarial.r1",
    "training.regularizers": "training.objective.regularizers",
    "training.sampler.start_share": "training.sampler.start_fraction",
    "training.schedule.share": "training.schedule.fraction",
    "training.start_from": "training.pretrained.folder",
    "training.start_layers": "training.pretrained.layers",
    "training.validation_fraction": "training.held_out.fraction",
    "training.vgg19": "training.objective.perceptual.weights",
    "training.vgg19_strength": "training.objective.perceptual.strength",
    "training.weights": "training.objective.losses",
    "training/order": "training/sampler",
    "training/penalty": "training/regularizer",
    "training/performer": "performers/training@training",
    "window.margin": "registration.crop.margin",
    "window.most_frames": "registration.crop.max_frames",
    "window.smoothing_s": "registration.crop.smoothing_s",
}
REPLACED: Mapping[str, str] = {  # what no single setting stands for any more
    "fitting": "the groups fitting/weights, fitting/estimator and fitting/refiner",
}


def renamed(override: str) -> str | None:
    """The sentence that answers an override `name=value` or `group@package=option` of an older version; else None."""
    name, _, value = override.partition("=")
    if f"{name}={value}" in RENAMED:
        return f"`{name}={value}` is now `{RENAMED[f'{name}={value}']}`"
    group, at, package = name.partition("@")
    now = f"{follow(group)}{at}{follow(package)}"
    if now != name:
        return f"`{name}` is now `{now}`"
    if name in REPLACED:
        return f"`{name}` is replaced by {REPLACED[name]}"
    return None


def follow(name: str) -> str:
    """The name of today, through all renamings since."""
    passed = {name}
    while True:
        old = max((old for old in RENAMED if _is_within(name, old)), key=len, default=None)
        if old is None:
            return name
        name = RENAMED[old] + name[len(old) :]
        if name in passed:
            return name
        passed.add(name)


def _is_within(name: str, outer: str) -> bool:
    return name == outer or name.startswith((f"{outer}.", f"{outer}/"))
