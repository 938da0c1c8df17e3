"""Footage of a person -> all that a performer is taught from: plate, crops, mattes, texture and registered motion."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motion_transfer.appearance.inpainting import Inpainter
from motion_transfer.appearance.plate import Plate, build_plate
from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.posing import shape_body
from motion_transfer.datasets.footage import Footage, open_footage, write_footage
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.masks import Masks
from motion_transfer.domain.video import Video
from motion_transfer.files.cache import Cache
from motion_transfer.files.pictures import write_png
from motion_transfer.files.records import load_record, save_record
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.performers.look import Look, LookLearner, find_trusted, write_mattes
from motion_transfer.performers.person_masks import person_masks
from motion_transfer.performers.storage import stored_texture
from motion_transfer.performers.teaching import TrainingSet
from motion_transfer.progress import Progress
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, track_crop
from motion_transfer.rendering.texture import Texture

PREPARED_VERSION = 14  # of plates, crops, mattes and looks; raised when an algorithm changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A clip with the digest of the files that it was read from, and whether its background stands still."""

    video: Video
    digest: str
    steady: bool = True


class Preparation:
    """Everything up to the training; every step is found again if its inputs and settings are the same.

    Args:
        inpainter: fills what the background never shows.
        condition: what the generator reads, smpl or stick.
        resolution: height of the person's window in pixels.
        margin: free space around the body in the window, as a share of its height.
        smoothing_s: of the window's path.
        most_frames: of a long clip that are learned from, evenly spread.
        settings: everything that shapes the result, for the cache's keys.
    """

    def __init__(
        self,
        look: LookLearner,
        inpainter: Inpainter,
        condition: str,
        resolution: int,
        margin: float,
        smoothing_s: float,
        most_frames: int,
        settings: Mapping[str, Any],
    ) -> None:
        if condition not in ("smpl", "stick"):
            raise ValueError(f"expected condition=smpl or condition=stick, got condition={condition}")
        if resolution < 64 or resolution % 32:
            raise ValueError(
                f"expected a resolution of at least 64 and divisible by 32, got resolution={resolution}; try 256"
            )
        self.look, self.inpainter = look, inpainter
        self.condition, self.resolution = condition, resolution
        self.margin, self.smoothing_s, self.most_frames, self.settings = margin, smoothing_s, most_frames, settings

    def __call__(
        self, source: Source, capture: Capture, cache: Cache, progress: Progress, whose: str = ""
    ) -> TrainingSet:
        """Plate, crops, mattes, texture and registration; `whose` begins the names of the stages."""
        key = cache.key(PREPARED_VERSION, source.digest, dict(self.settings))
        masks = functools.cache(lambda: person_masks(capture, self.look.refine.model))
        with progress.stage(f"{whose}background plate", len(capture.motion)) as stage:
            plate_folder, stage.cached = cache.folder(
                "plates",
                key,
                lambda folder: _write_plate(folder, build_plate(source.video, masks(), self.inpainter)),
            )
        plate = _read_plate(plate_folder)
        numbers = evenly_spaced(len(capture.motion), self.most_frames)
        window = self.window(capture)
        window = CropTrack(top_left_px=window.top_left_px[numbers], px_per_pixel=window.px_per_pixel, size=window.size)
        with progress.stage(f"{whose}crops and mattes", len(numbers)) as stage:
            folder, stage.cached = cache.folder(
                "footage", key, lambda folder: _write_crops(folder, source.video, masks(), window, numbers, plate)
            )
        footage, alpha = open_footage(folder, window, numbers), np.load(folder / "alpha.npy", mmap_mode="r")
        with progress.stage(f"{whose}texture and registration", len(numbers) * self.look.rounds) as stage:
            folder, stage.cached = cache.folder(
                "looks",
                key,
                lambda folder: _write_look(
                    folder, self.look(capture, footage, alpha, plate, stage.advance), footage, alpha, plate, self.look
                ),
            )
        look = Look(capture=load_record(folder / "capture.npz", Capture), texture=_read_texture(folder))
        return TrainingSet(
            footage=footage,
            alpha=alpha,
            trusted=np.load(folder / "trusted.npy", mmap_mode="r"),
            plate=plate,
            look=look,
            model=self.look.refine.model,
            condition=self.condition,
        )

    def window(self, capture: Capture, px_per_pixel: float | None = None) -> CropTrack:
        """Where the person's window goes in each frame of a clip."""
        motion, model = capture.motion, self.look.refine.model
        posed = shape_body(model, motion.shape).posed(motion.pose)
        anchors = landmark_anchors(model, capture.detections.layout.names)
        marks = anchors.posed(motion.shape.betas, posed.world_from_rest)
        return track_crop(
            body_boxes(marks, capture.camera),
            height=self.resolution,
            margin=self.margin,
            smoothing_frames=self.smoothing_s * float(motion.fps),
            px_per_pixel=px_per_pixel,
            shot_starts=capture.shot_starts,
        )


def _write_plate(folder: Path, plate: Plate) -> None:
    write_png(folder / "plate.png", plate.rgb)
    np.savez_compressed(folder / "plate.npz", rgb=plate.rgb, known=plate.known)


def _read_plate(folder: Path) -> Plate:
    with np.load(folder / "plate.npz") as stored:
        return Plate(rgb=stored["rgb"], known=stored["known"])


def _write_crops(folder: Path, video: Video, masks: Masks, window: CropTrack, numbers: list[int], plate: Plate) -> None:
    write_footage(folder, video, masks, window, numbers)
    write_mattes(folder / "alpha.npy", open_footage(folder, window, numbers), plate)


def _write_look(
    folder: Path, look: Look, footage: Footage, alpha: np.ndarray, plate: Plate, learner: LookLearner
) -> None:
    texture = stored_texture(look.texture)
    save_record(folder / "capture.npz", look.capture)
    save_record(folder / "texture.npz", texture)
    trusted = find_trusted(learner.refine.model, look.capture, footage, alpha, plate, texture)
    np.save(folder / "trusted.npy", trusted)


def _read_texture(folder: Path) -> Texture:
    return load_record(folder / "texture.npz", Texture)
