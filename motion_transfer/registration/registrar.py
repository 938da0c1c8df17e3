"""Registration of a clip in three steps: the background plate, crops with mattes, and the appearance fit."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from motion_transfer.appearance.inpainting import Inpainter
from motion_transfer.appearance.plate import Plate, build_plate, plate_steps, sample_count, sampled_frames
from motion_transfer.body.anchors import landmark_anchors
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import Capture
from motion_transfer.domain.video import Video
from motion_transfer.files.memory_maps import save_array
from motion_transfer.files.npz import map_npy, read_npz, write_npz
from motion_transfer.files.pictures import write_png
from motion_transfer.files.reading import reading
from motion_transfer.files.records import load_record, save_record
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.registration.appearance_fit import Appearance, AppearanceFitter
from motion_transfer.registration.crops import Crops, open_crops, write_crops
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.person_masks import person_masks
from motion_transfer.registration.rerender import find_trusted
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, track_crop
from motion_transfer.rendering.texture import Texture, quantized


@dataclass(frozen=True, slots=True, kw_only=True)
class CropSettings:
    """Where the crops of a clip lie.

    Args:
        margin: free space around the body, as a fraction of its height.
        smoothing_s: of the crops' path.
        max_frames: of a long clip that are cropped, evenly spread.
    """

    margin: float
    smoothing_s: float
    max_frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Registers clips.

    Args:
        fit_appearance: the alternation of texture and motion.
        inpaint: fills what the background never shows.
        resolution: height of the crops in pixels.

    Raises:
        ValueError: the resolution cannot be halved five times.
    """

    fit_appearance: AppearanceFitter
    inpaint: Inpainter
    crop: CropSettings
    resolution: int

    def __post_init__(self) -> None:
        if self.resolution < 64 or self.resolution % 32:
            raise ValueError(
                f"expected a resolution of at least 64 and divisible by 32, got resolution={self.resolution}; try 256"
            )
        if self.crop.max_frames < 1:
            raise ValueError(f"expected max_frames of 1 or more, got max_frames={self.crop.max_frames}; try 450")

    def write_plate(self, folder: Path, video: Video, capture: Capture, advance: Callable[[], None]) -> None:
        """Find the background of the clip and write it.

        Args:
            advance: called as often as `plate_steps` says and then by the inpainter; what it raises ends the work.
        """
        chosen = sampled_frames(video, capture.detections.masks)
        masks = person_masks(capture, self.fit_appearance.refine.model, chosen, advance)
        plate = build_plate(video, masks, chosen, self.inpaint, advance)
        write_png(folder / "plate.png", plate.rgb)
        write_npz(folder / "plate.npz", {"rgb": plate.rgb, "known": plate.known}, compressed=True)

    def plate_steps(self, video: Video) -> int:
        """How often `write_plate` calls `advance` before it fills holes."""
        return sample_count(video) + plate_steps(video)

    def write_crops(
        self, folder: Path, video: Video, capture: Capture, plate: Plate, advance: Callable[[], None]
    ) -> None:
        """Cut the crops out of the clip and write them with their mattes.

        Args:
            advance: called as often as `crop_steps` says; what it raises ends the work.
        """
        frames = self.frames(capture)
        masks = person_masks(capture, self.fit_appearance.refine.model, frames, advance)
        write_crops(folder, video, masks, self._chosen_track(capture), frames, plate, advance)

    def crop_steps(self, capture: Capture) -> int:
        """How often `write_crops` calls `advance`."""
        return 2 * len(self.frames(capture))

    def read_crops(self, folder: Path, capture: Capture, plate: Plate) -> Crops:
        """The crops that `write_crops` wrote."""
        return open_crops(folder, self._chosen_track(capture), self.frames(capture), plate)

    def write_appearance(self, folder: Path, capture: Capture, crops: Crops, advance: Callable[[], None]) -> None:
        """Fit appearance and motion, and write them with the pixels that can be trusted."""
        found = self.fit_appearance(capture, crops, advance)
        texture = quantized(found.texture)
        body = shape_body(self.fit_appearance.refine.model, found.capture.motion.shape)
        save_record(folder / "capture.npz", found.capture)
        save_record(folder / "texture.npz", texture)
        save_array(folder / "trusted.npy", find_trusted(crops, body, found.capture, texture))

    def read_footage(self, folder: Path, crops: Crops) -> RegisteredFootage:
        """What `write_appearance` wrote, together with the crops."""
        found = read_appearance(folder)
        return RegisteredFootage(
            crops=crops,
            trusted=map_npy(folder / "trusted.npy"),
            texture=found.texture,
            capture=found.capture,
            model=self.fit_appearance.refine.model,
            digest=folder.name,
        )

    def frames(self, capture: Capture) -> list[int]:
        """Which frames of the clip are cropped."""
        return evenly_spaced(len(capture.motion), self.crop.max_frames)

    def track(self, capture: Capture, px_per_pixel: float | None = None) -> CropTrack:
        """Where the crop lies in each frame of the clip."""
        motion, model = capture.motion, self.fit_appearance.refine.model
        posed = shape_body(model, motion.shape).posed(motion.pose)
        landmarks = landmark_anchors(model, capture.detections.layout.names).posed(
            motion.shape.betas, posed.world_from_rest
        )
        return track_crop(
            body_boxes(landmarks, capture.camera),
            height=self.resolution,
            margin=self.crop.margin,
            smoothing_frames=self.crop.smoothing_s * float(motion.fps),
            px_per_pixel=px_per_pixel,
            shot_starts=capture.shot_starts,
        )

    def _chosen_track(self, capture: Capture) -> CropTrack:
        track = self.track(capture)
        corners = track.top_left_px[self.frames(capture)]
        return CropTrack(top_left_px=corners, px_per_pixel=track.px_per_pixel, size=track.size)


def read_plate(folder: Path) -> Plate:
    """The plate that `Registrar.write_plate` wrote."""
    path = folder / "plate.npz"
    with reading("a stored plate", path, remedy="delete its folder"):
        stored = read_npz(path, compressed=True)
        return Plate(rgb=stored["rgb"], known=stored["known"])


def read_appearance(folder: Path) -> Appearance:
    """The appearance that `Registrar.write_appearance` wrote."""
    capture = load_record(folder / "capture.npz", Capture)
    return Appearance(capture=capture, texture=load_record(folder / "texture.npz", Texture))
