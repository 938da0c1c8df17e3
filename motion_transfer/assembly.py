"""Settings -> the stages of a run. A wrong setting fails here, before any work."""

import copy
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import hydra
import torch
from omegaconf import DictConfig, OmegaConf

from motion_transfer.allocator import limit_malloc_arenas, trim_heap
from motion_transfer.animation.unpaired_shapes import (
    GivenShapes,
    shapes_of_body,
    shapes_of_character,
    shapes_of_folder,
)
from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.compose import compose_unresolved
from motion_transfer.configuration.parts import complete_part, make_part
from motion_transfer.configuration.registrars import RegistrarSettings
from motion_transfer.configuration.setting_ranges import check_settings
from motion_transfer.domain.events import Listener
from motion_transfer.domain.person_point import read_person
from motion_transfer.files.assets import MissingAssetError, work_folder
from motion_transfer.files.bodies import load_body, read_body
from motion_transfer.files.cache import Cache
from motion_transfer.files.clips import Reading
from motion_transfer.files.video_reader import content_digest
from motion_transfer.fitting.estimation import MotionEstimator, MotionRefiner
from motion_transfer.performers.learner import PerformerLearner
from motion_transfer.performers.storage import BODY
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.progress import make_listeners
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.rendering.map_renderer import MapRenderer, check_channels
from motion_transfer.retargeting.deformation.matching import CharacterMatcher
from motion_transfer.retargeting.deformation.sumner_popovic import DeformationStage
from motion_transfer.retargeting.target_scene import RetargetingStage
from motion_transfer.run import Run, Stage
from motion_transfer.sources import open_source
from motion_transfer.stages import Configured, PersonDetector, Stages
from motion_transfer.synthesis.generators.generator_file import generator_file
from motion_transfer.synthesis.refiners.training import RefinerTrainer

log = logging.getLogger(__name__)

PREPARE_BODY = Stage(name="prepare_body", phrase="body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A run and the stages that it goes through."""

    stages: Stages
    run: Run


def assemble(config: DictConfig, listeners: Iterable[Listener] | None = None) -> Assembled:
    """Make every stage that the settings ask for.

    Args:
        listeners: are told the run's events; None for those of the setting `progress`.

    Raises:
        ValueError: a setting is out of its range, or the device is absent.
    """
    limit_malloc_arenas()
    settings = _plain(config)
    check_settings(settings)
    torch.manual_seed(config.seed)
    device = choose_device(config.device)
    run = new_run(config, listeners)
    makes = ("generator", "discriminator")
    networks = {name: hydra.utils.instantiate(config.synthesis[name], _partial_=True) for name in makes}
    train = complete_part(config.training, **networks, device=device, seed=config.seed)
    synthesizer = make_part(config.synthesizer, "synthesizer", Synthesizer, device=device)
    references = make_part(config.references, "references", ReferenceSettings)
    make_renderer = hydra.utils.instantiate(config.condition, _partial_=True)
    refine = make_part(config.synthesis.refiner, "synthesis.refiner", object, device=device, seed=config.seed)
    if not isinstance(refine, RefinerTrainer | None):
        raise ValueError(f"expected synthesis.refiner to be a RefinerTrainer, got {type(refine).__qualname__}")
    learner = PerformerLearner(
        train=train, synthesizer=synthesizer, make_renderer=make_renderer, references=references, refine=refine
    )
    detector = make_part(config.landmarks, "landmarks", PersonDetector)
    retargeter = make_part(config.retargeting, "retargeting", RetargetingStage)
    with run.stage(PREPARE_BODY):
        model = _body(config)
    channels = make_part(config.condition, "condition", MapRenderer, model=model).channels
    check_channels(channels)
    learner.train.judges(channels)  # refuses maps that the generator cannot read
    estimator = make_part(config.fitting.estimator, "fitting.estimator", MotionEstimator, model=model)
    refiner = make_part(config.fitting.refiner, "fitting.refiner", MotionRefiner, model=model)
    registration = RegistrarSettings(settings=settings, refine=refiner, body=model.digest())
    source = registration.of_source()
    target = registration.of_target()
    others = {name: settings[name] for name in ("seed", "condition", "synthesis")}
    others["references"] = {name: value for name, value in settings["references"].items() if name != "count"}
    training = _without_machine(settings["training"]) | others
    stages = Stages(
        model=model,
        detector=Configured(
            stage=detector, settings=settings["landmarks"], packages=tuple(getattr(detector, "packages", ()))
        ),
        estimator=Configured(stage=estimator, settings={**settings["fitting"], **getattr(estimator, "key", {})}),
        register_source=source if source.stage.fit_appearance.iterations else None,
        register_target=target,
        learner=Configured(stage=learner, settings=training),
        retargeter=retargeter,
        synthesizer=synthesizer,
        seed=config.seed,
        provenance={**settings, "training": training, "body": model.digest()},
        keep_checkpoints=config.keep_checkpoints,
    )
    return Assembled(stages=stages, run=run)


def assemble_from(*overrides: str, config_dir: Path | None = None) -> Assembled:
    """Stages and run from settings as the command line takes them, for programs: `assemble_from("preset=draft")`.

    Args:
        config_dir: a folder of one's own YAML files, which is searched beside the project's.
    """
    config = compose_unresolved("chain", overrides, [] if config_dir is None else [config_dir])
    OmegaConf.resolve(config)
    return assemble(config)


def assemble_shapes(config: DictConfig, side: str) -> GivenShapes:
    """A folder of meshes, or a motion of the body or of a character."""
    path, mesh = Path(config[side]), config[f"{side}_mesh"]
    if path.is_dir():
        return shapes_of_folder(path, config.vertices)
    matcher = make_part(config.matching, "matching", CharacterMatcher)
    deform = make_part(config.deformation, "deformation", DeformationStage)
    opened = open_source(path, fps=None, up="auto", mapping=None, source_edit={}, reading=reading_of(config))
    made = assemble(config)
    motion = opened.motion(made.stages, made.run)
    if mesh is None:
        return shapes_of_body(motion, config.vertices)
    return shapes_of_character(motion, Path(mesh), made.stages, made.run, matcher, deform, config.vertices)


def reading_of(config: DictConfig, person: str = "person") -> Reading:
    """How the settings ask to read footage.

    Args:
        person: the setting that says who is meant.

    Raises:
        ValueError: one of them makes no sense.
    """
    return Reading(gaps=config.gaps, rotate=config.rotate, person=read_person(config[person], person))


def new_run(config: DictConfig, listeners: Iterable[Listener] | None = None) -> Run:
    """A run that keeps its results and reports its progress where the settings say, or to the listeners given."""
    told = make_listeners(config.progress) if listeners is None else listeners
    return Run(Cache(work_folder(config.work_dir)), told, after_each=trim_heap)


def choose_device(device: str) -> str:
    """`auto` takes CUDA where there is one.

    Raises:
        ValueError: an unknown device, or CUDA on a machine without it.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"expected device=auto, cpu or cuda, got device={device}")
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("expected a CUDA device for device=cuda, found none; use device=cpu or device=auto")
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device


def _body(config: DictConfig) -> BodyModel:
    """The body of the settings; a learned performer's own where that one cannot be had on this machine."""
    try:
        return load_body(
            config.body, config.smpl_path, kept_in=work_folder(config.work_dir), character=config.character
        )
    except MissingAssetError as missing:
        performer = config.get("performer")
        if performer is None or config.smpl_path is not None or config.character is not None:
            raise
        log.info("taking the performer's own body: %s", missing)
        return read_body(Path(performer) / BODY)


def _without_machine(training: dict[str, Any]) -> dict[str, Any]:
    """The settings of a training that shape its result: files by their content, and not how many processes it uses."""
    kept = copy.deepcopy(training)
    start, perceptual = kept["pretrained"], kept["objective"]["perceptual"]
    if start["folder"] is not None:
        start["folder"] = content_digest(generator_file(Path(start["folder"])))
    if perceptual is not None and perceptual["weights"] is not None:
        perceptual["weights"] = content_digest(Path(perceptual["weights"]))
    kept.pop("workers", None)
    return kept


def _plain(config: DictConfig) -> dict[str, Any]:
    return cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
