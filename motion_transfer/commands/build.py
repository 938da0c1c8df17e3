"""The stages of a run from its composed configuration."""

import logging
from pathlib import Path
from typing import Any, cast

import hydra
import torch
from omegaconf import DictConfig, OmegaConf

from motion_transfer.allocator import limit_malloc_arenas, trim_heap
from motion_transfer.body.model import BodyModel
from motion_transfer.files.assets import MissingAssetError, cache_dir
from motion_transfer.files.bodies import load_body, read_body
from motion_transfer.files.cache import Cache
from motion_transfer.files.video_reader import content_digest
from motion_transfer.fitting.estimation import MotionRefiner
from motion_transfer.performers.learner import PerformerLearner
from motion_transfer.performers.preparation import Preparation
from motion_transfer.performers.storage import BODY, generator_file
from motion_transfer.pipeline import Stages, choose_device
from motion_transfer.progress import Progress

log = logging.getLogger(__name__)

QUICK_INPAINTER = {"_target_": "motion_transfer.appearance.inpainting.TeleaInpainter"}
PREPARING = ("body", "landmarks", "fitting", "plate", "appearance", "window", "resolution")  # settings before training


def build_stages(config: DictConfig) -> Stages:
    """Make every stage; a wrong setting fails here, before any work.

    Raises:
        ValueError: a setting is out of its range or the device is absent.
    """
    limit_malloc_arenas()
    device = choose_device(config.device)
    torch.manual_seed(config.seed)
    teacher = hydra.utils.instantiate(config.training, device=device, seed=config.seed)
    retargeter = hydra.utils.instantiate(config.retargeting)
    synthesizer = hydra.utils.instantiate(config.synthesizer, device=device)
    detector = hydra.utils.instantiate(config.landmarks)
    work = Path(config.work_dir) if config.work_dir else cache_dir() / "work"
    progress = Progress(after_each=trim_heap)
    with progress.stage("body"):
        model = _body(config, work)
    estimator = _completed(config.fitting.estimator, model=model)
    refiner = _completed(config.fitting.refiner, model=model)
    settings = _settings(config, model.digest())
    preparing = {k: settings[k] for k in PREPARING}
    of_source = _of_source(preparing, config.source_rounds, config.source_frames)
    teaching = {"condition": config.condition, "teacher": settings["training"]}
    learner = PerformerLearner(
        prepare=_preparation(preparing, config.condition, refiner), teacher=teacher, settings=preparing | teaching
    )
    return Stages(
        detector=detector,
        estimator=estimator,
        register=_preparation(of_source, config.condition, refiner) if config.source_rounds else None,
        learner=learner,
        retargeter=retargeter,
        synthesizer=synthesizer,
        cache=Cache(work),
        progress=progress,
        settings=settings,
    )


def _body(config: DictConfig, work: Path) -> BodyModel:
    """The body of the settings; a learned performer's own where that one cannot be had on this machine."""
    try:
        return load_body(config.body, config.smpl_path, kept_in=work)
    except MissingAssetError as missing:
        performer = config.get("performer")
        if performer is None or config.smpl_path is not None:
            raise
        log.info("taking the performer's own body: %s", missing)
        return read_body(Path(performer) / BODY)


def _preparation(settings: dict[str, Any], condition: str, refiner: MotionRefiner) -> Preparation:
    return Preparation(
        look=_completed(settings["appearance"], refine=refiner),
        inpainter=hydra.utils.instantiate(settings["plate"]),
        condition=condition,
        resolution=settings["resolution"],
        **hydra.utils.instantiate(settings["window"]),
        settings=settings,
    )


def _of_source(settings: dict[str, Any], rounds: object, frames: object) -> dict[str, Any]:
    """For a clip that nobody is learned from: rounds and frames of its own, no pains with a background not shown.

    Raises:
        ValueError: the rounds or frames are not a number, or too few.
    """
    if not isinstance(rounds, int) or rounds < 0:
        raise ValueError(f"expected source_rounds of 0 or more, got source_rounds={rounds}; try 2, or 0 for none")
    if not isinstance(frames, int) or frames < 1:
        raise ValueError(f"expected source_frames of 1 or more, got source_frames={frames}; try 450")
    own = {"appearance": {"rounds": rounds}, "window": {"most_frames": frames}}
    return (
        settings | {name: {**settings[name], **changed} for name, changed in own.items()} | {"plate": QUICK_INPAINTER}
    )


def _completed(config: DictConfig | dict[str, Any], **extra: Any) -> Any:
    """Instantiate with arguments that no file can hold; Hydra would turn values among them into configurations."""
    return hydra.utils.instantiate(config, _partial_=True)(**extra)


def _settings(config: DictConfig, body: str) -> dict[str, Any]:
    plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
    plain["training"] = {**plain["training"], "seed": config.seed}
    if plain["training"]["start_from"] is not None:
        plain["training"]["start_from"] = content_digest(generator_file(Path(plain["training"]["start_from"])))
    if plain["training"]["vgg19"] is not None:
        plain["training"]["vgg19"] = content_digest(Path(plain["training"]["vgg19"]))
    plain["training"].pop("workers", None)  # neither the number of processes nor the device changes what is asked for
    return {**plain, "body": body}
