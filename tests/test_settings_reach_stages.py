"""What a user sets reaches the stage that it is for, and the key that the stage's results are found again by."""

from pathlib import Path

import pytest
from composed_configs import CONFIGS, build_stages, composed
from omegaconf import OmegaConf

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.body_motion import Capture
from motion_transfer.rendering.map_renderer import map_renderer_name


class Custom:
    """A user's estimator or refiner of motion, as the assembly makes it."""

    def __init__(self, model: BodyModel, strength: float) -> None:
        self.model, self.strength = model, strength

    def steps(self, frames: int) -> int:
        return frames

    def __call__(self, *_: object, **__: object) -> Capture:
        raise AssertionError("assembling calls no stage")


@pytest.mark.slow
@pytest.mark.parametrize("part", ["estimator", "refiner"])
def test_one_class_and_one_file_replace_the_estimator_or_the_refiner(part: str, tmp_path: Path) -> None:
    config = composed("transfer", "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    config.fitting[part] = {"_target_": f"{__name__}.Custom", "strength": 2.0}
    stages = build_stages(config)
    made = {"estimator": stages.estimator.stage, "refiner": stages.register_target.stage.fit_appearance.refine}
    assert [name for name, stage in made.items() if isinstance(stage, Custom)] == [part]
    assert made[part].model is stages.model


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [("condition=stick", "synthesis/generator=unet", "minutes=1"), ("facing=90",), ("resolution=512", "minutes=1")],
)
def test_settings_of_the_user_reach_the_stages(overrides: tuple[str, ...], tmp_path: Path) -> None:
    config = composed("transfer", *overrides, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
    stages = build_stages(config)
    assert map_renderer_name(stages.learner.stage.make_renderer) == (
        "stick" if "condition=stick" in overrides else "smpl"
    )
    assert stages.register_target.stage.resolution == config.resolution
    assert config.facing == composed("transfer", *overrides).retargeting.steps.facing.facing


@pytest.mark.slow
def test_what_fills_the_plate_is_part_of_what_a_performer_is_found_again_by(tmp_path: Path) -> None:
    for path in (CONFIGS / "registration" / "inpainter").glob("*.yaml"):
        choice = f"registration/inpainter={path.stem}"
        config = composed("transfer", choice, "body=tiny", "device=cpu", f"work_dir={tmp_path}")
        register = build_stages(config).register_target
        assert register.settings["inpainter"] == OmegaConf.to_container(config.registration.inpainter)
        assert type(register.stage.inpaint).__name__ == config.registration.inpainter._target_.rpartition(".")[2]


@pytest.mark.slow
def test_a_source_is_registered_with_iterations_and_frames_of_its_own(tmp_path: Path) -> None:
    given = ("body=tiny", "device=cpu", f"work_dir={tmp_path}")
    iterations, frames = "registration.source.appearance.iterations", "registration.source.crop.max_frames"
    stages = build_stages(composed("transfer", *given, f"{iterations}=1", f"{frames}=20"))
    source, target = stages.register_source, stages.register_target
    assert source is not None
    assert (source.stage.fit_appearance.iterations, target.stage.fit_appearance.iterations) == (1, 4)
    assert (source.stage.crop.max_frames, target.stage.crop.max_frames) == (20, 900)
    assert source.settings != target.settings, "both would be found under one key"
    assert build_stages(composed("transfer", *given, f"{iterations}=0")).register_source is None
    for wrong, message in (
        (f"{iterations}=-1", "iterations to be a whole number of at least 0"),
        (f"{frames}=0", "max_frames to be a whole number of at least 1"),
    ):
        with pytest.raises(ValueError, match=message):
            build_stages(composed("transfer", *given, wrong))
