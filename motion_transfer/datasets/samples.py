"""One training sample: a crop of the footage and the maps rendered for exactly that crop, or a pose never seen.

Geometric augmentation moves the camera of the crop: the frame is resampled and the body rendered anew, so that both
agree to a fraction of a pixel. In samples of other poses the textured body itself is the truth, so that the
generator learns to be driven, not only to reenact.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import roma
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from motion_transfer.body.skeleton import JOINTS
from motion_transfer.datasets.candidate_samples import CandidateSampler
from motion_transfer.datasets.moving import moved
from motion_transfer.datasets.recolouring import recoloured
from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.video import ImageSize
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.rendering.crop_track import crop, prefiltered, resample
from motion_transfer.rendering.map_renderer import MapRenderer, draws_hands
from motion_transfer.training.augmentation import GeometricAugmentation, PhotometricAugmentation

LIMBS = tuple(i for i, name in enumerate(JOINTS) if name.partition("_")[2] in ("shoulder", "elbow", "hip", "knee"))
PERSON_WEIGHT = 3.0  # of a pixel of the person against one of the background
SHORT_CLIP = 30  # frames; so few are soon memorized
FILLED_WEIGHT = 0.3  # of a pixel that a held object hid and the texture fills


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How far a crop may move: degrees, share of the scale, share of the window's height; and how often a
    sample is of another pose or comes with the frame before it. `pose_noise_deg` turns the joints of the drawn body
    a little against the frame, as `noise_for` says: motion that drives a performer is never registered as well as what
    it was trained on, and the fewer the frames, the sooner a generator memorizes them instead of reading the maps.
    `photometric` recolours frame, plate and texture alike; `geometric` moves the finished sample on top of all this,
    without mirroring, for left and right have places in the atlas; None leaves them.

    Raises:
        ValueError: for a share of mirrored samples.
    """

    turn_deg: float
    zoom: float
    shift: float
    width_steps: int
    cross_pose_fraction: float
    cross_pose_turn_deg: float
    previous_fraction: float
    pose_noise_deg: float
    photometric: PhotometricAugmentation | None
    geometric: GeometricAugmentation | None

    def __post_init__(self) -> None:
        if self.geometric is not None and self.geometric.mirror_probability > 0:
            raise ValueError(
                f"expected geometric.mirror_probability=0, got {self.geometric.mirror_probability}; "
                "the maps of a mirrored body lie"
            )


UNAUGMENTED = Augmentation(
    turn_deg=0,
    zoom=0,
    shift=0,
    width_steps=0,
    cross_pose_fraction=0,
    cross_pose_turn_deg=0,
    previous_fraction=0,
    pose_noise_deg=0,
    photometric=None,
    geometric=None,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One sample to make: a place in the footage, the seed of its augmentation and the window's width."""

    index: int
    seed: int
    width: int
    augment: bool


class PerformerSamples(Dataset[dict[str, Tensor]]):
    """Samples of one performer.

    Args:
        candidates: warps other frames to each sample, for a network that judges them; None where none does.
    """

    def __init__(
        self,
        footage: RegisteredFootage,
        renderer: MapRenderer,
        augmentation: Augmentation,
        candidates: CandidateSampler | None = None,
    ) -> None:
        crops, motion = footage.crops, footage.capture.motion
        self.footage, self.crops = footage, crops
        self.plate = prefiltered(crops.plate.rgb, crops.track.px_per_pixel)
        self.body, self.betas, self.pose = footage.body, motion.shape.betas, motion.pose
        self.camera, self.texture = footage.capture.camera, footage.texture
        self.renderer, self.augmentation, self.candidates = renderer, augmentation, candidates
        # Without texture nobody knows how another pose looks, and its sample would teach nothing.
        self.textured = "texture_r" in renderer.channels

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, request: Request) -> dict[str, Tensor]:
        draw = np.random.default_rng([request.seed, request.index])
        plan = self.augmentation
        size = ImageSize(height=self.crops.track.size.height, width=request.width)
        turn = _affine(draw, plan, self.crops.track.size, size, still=not request.augment)
        window_from_frame = _chain(turn, self.crops.track.window_from_frame(request.index))
        driven = request.augment and self.textured and draw.random() < plan.cross_pose_fraction
        number = self.crops.frames[request.index]
        pose = self.pose[number : number + 1]
        if driven:
            other = int(draw.integers(len(self.crops)))
            pose = mixed_pose(pose, self.pose[self.crops.frames[other] :][:1], plan.cross_pose_turn_deg, draw)
        elif request.augment and plan.pose_noise_deg > 0:
            pose = shaken_pose(pose, noise_for(len(self.crops), plan.pose_noise_deg), draw)
        sample = self._condition(pose, window_from_frame, size)
        # The plate takes the same two steps as the frame did, so that the background agrees to the last bit.
        stored = resample(self.plate, self.crops.track.window_from_frame(request.index), self.crops.track.size)
        sample["plate"] = _picture(crop(stored, turn, size))
        sample |= self._driven_truth(sample) if driven else self._truth(request.index, turn, sample, size)
        if self.candidates is not None:
            sample |= self.candidates(pose, number, window_from_frame, size, draw if request.augment else None)
        before = self.crops.frames[max(request.index - 1, 0)]
        wanted = draw.random() < plan.previous_fraction or not request.augment
        sample["has_previous"] = torch.tensor(float(wanted and not driven and request.index > 0))
        if sample["has_previous"] > 0:
            sample["maps_before"] = self._condition(self.pose[before : before + 1], window_from_frame, size)["maps"]
            sample["rgb_before"] = self._filmed_before(request.index, turn, sample["plate"], size)
        else:
            sample["maps_before"], sample["rgb_before"] = (torch.zeros_like(sample[name]) for name in ("maps", "rgb"))
        if request.augment and plan.geometric is not None:
            sample = moved(sample, plan.geometric, int(draw.integers(2**31)))
        if request.augment and plan.photometric is not None:
            return recoloured(sample, self.renderer.channels, plan.photometric, int(draw.integers(2**31)))
        return sample

    def _condition(self, pose: BodyPose, window_from_frame: np.ndarray, size: ImageSize) -> dict[str, Tensor]:
        affine = torch.from_numpy(window_from_frame).float()[None]
        maps, fragments = self.renderer(
            self.body.posed(pose, fingers=draws_hands(self.renderer)),
            self.texture,
            self.betas,
            self.camera,
            affine,
            size,
        )
        return {"maps": maps.values[0], "covered": fragments.covered.float()}

    def _truth(self, index: int, turn: np.ndarray, sample: dict[str, Tensor], size: ImageSize) -> dict[str, Tensor]:
        """The frame, its matte and the weight of each pixel; held objects are painted over with the texture."""
        inside = self.crops.inside(index, self.camera.size)
        rgb = _picture(crop(np.asarray(self.crops.rgb[index]), turn, size))
        matte = _plane(crop(np.asarray(self.crops.matte[index]), turn, size))
        valid = _plane(crop((inside * 255).astype(np.uint8), turn, size)) > 0.99
        trusted = _plane(crop(self.footage.trusted[index].astype(np.uint8) * 255, turn, size)) > 0.5
        fill = self._driven_truth(sample)
        rgb = torch.where(trusted, rgb, fill["rgb"])
        matte = torch.where(trusted, matte, fill["alpha"])
        weight = valid * (1 + (PERSON_WEIGHT - 1) * torch.maximum(matte, sample["covered"]))
        weight = torch.where(trusted | ~valid, weight, torch.full_like(weight, FILLED_WEIGHT))
        return {"rgb": rgb, "alpha": matte, "weight": weight}

    def _filmed_before(
        self, index: int, turn: np.ndarray, plate: Tensor, size: ImageSize
    ) -> Float[Tensor, "3 height width"]:
        """The crop before, seen through the window of this one; the plate where it does not reach."""
        here, there = (self.crops.track.window_from_frame(place) for place in (index, index - 1))
        window_from_there = _chain(_chain(turn, here), cv2.invertAffineTransform(there))
        rgb = _picture(crop(np.asarray(self.crops.rgb[index - 1]), window_from_there, size))
        inside = (self.crops.inside(index - 1, self.camera.size) * 255).astype(np.uint8)
        valid = _plane(crop(inside, window_from_there, size)) > 0.99
        return torch.where(valid, rgb, plate)

    def _driven_truth(self, sample: dict[str, Tensor]) -> dict[str, Tensor]:
        """The textured body over the plate; its outline has no weight, because hair and cloth reach over it."""
        covered = sample["covered"]
        channels = self.renderer.channels
        if "texture_r" not in channels:
            return {"rgb": sample["plate"], "alpha": covered, "weight": torch.zeros_like(covered)}
        texture = sample["maps"][[channels.index(f"texture_{c}") for c in "rgb"]]
        seen = sample["maps"][[channels.index("seen")]]
        kernel = np.ones((5, 5), np.uint8)
        inside = torch.from_numpy(cv2.erode(covered[0].numpy(), kernel))[None]
        outside = 1 - torch.from_numpy(cv2.dilate(covered[0].numpy(), np.ones((21, 21), np.uint8)))[None]
        weight = 0.5 * inside * (0.3 + 0.7 * seen) + 0.3 * outside
        return {"rgb": covered * texture + (1 - covered) * sample["plate"], "alpha": covered, "weight": weight}


def mixed_pose(a: BodyPose, b: BodyPose, turn_deg: float, draw: np.random.Generator) -> BodyPose:
    """The arms of one frame on the legs of another, turned about the vertical, with every limb moved a little."""
    rotations = a.parent_from_joint.clone()
    arms = [i for i, name in enumerate(JOINTS) if name.partition("_")[2] in ("shoulder", "elbow", "wrist", "hand")]
    rotations[:, arms] = b.parent_from_joint[:, arms]
    noise = torch.from_numpy(draw.normal(0, 0.3, (1, len(LIMBS), 3))).float()
    rotations[:, list(LIMBS)] = rotations[:, list(LIMBS)] @ roma.rotvec_to_rotmat(noise)
    about = torch.tensor([[0.0, float(np.deg2rad(draw.normal(0, turn_deg))), 0.0]])
    rotations[:, 0] = roma.rotvec_to_rotmat(about) @ rotations[:, 0]
    return replace(a, parent_from_joint=rotations, fingers=b.fingers)


def noise_for(frames: int, short_clips_deg: float) -> float:
    """How much a joint is turned in a clip of so many frames: as in a short one, or less in inverse proportion."""
    return short_clips_deg * min(1.0, SHORT_CLIP / frames)


def shaken_pose(pose: BodyPose, noise_deg: float, draw: np.random.Generator) -> BodyPose:
    """The pose with every joint but the pelvis turned a little about a random axis."""
    turns = np.deg2rad(draw.normal(0, noise_deg / np.sqrt(3), pose.parent_from_joint.shape[:3]))
    turns[:, 0] = 0
    shaken = pose.parent_from_joint @ roma.rotvec_to_rotmat(torch.from_numpy(turns).float())
    return replace(pose, parent_from_joint=shaken)


def collate(samples: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Stack samples of one window size."""
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}


def width_choices(size: ImageSize, steps: int, multiple: int) -> tuple[int, ...]:
    """Window widths to train with: the footage's own and some wider and narrower ones."""
    return tuple(
        width
        for step in range(-steps, steps + 1)
        if (width := (size.width // multiple + step) * multiple) >= max(multiple, size.height // 3)
    ) or (size.width,)


def _affine(
    draw: np.random.Generator, plan: Augmentation, stored: ImageSize, size: ImageSize, *, still: bool
) -> Float[np.ndarray, "2 3"]:
    """From the stored crop to the sample: about the middle, which stays within reach of the middle."""
    angle, zoom, shift = 0.0, 1.0, np.zeros(2)
    if not still:
        angle = np.deg2rad(draw.uniform(-plan.turn_deg, plan.turn_deg))
        zoom = float(np.exp(draw.uniform(-1, 1) * np.log1p(plan.zoom)))
        shift = draw.uniform(-1, 1, 2) * plan.shift * size.height
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle, onto = np.array([stored.width, stored.height]) / 2, np.array([size.width, size.height]) / 2
    return np.concatenate([linear, (onto + shift - linear @ middle)[:, None]], 1)


def _chain(outer: np.ndarray, inner: np.ndarray) -> Float[np.ndarray, "2 3"]:
    """The affine map that applies `inner` first."""
    return outer[:, :2] @ inner + np.pad(outer[:, 2:], ((0, 0), (2, 0)))


def _picture(rgb: UInt8[np.ndarray, "height width 3"]) -> Float[Tensor, "3 height width"]:
    return torch.from_numpy(rgb).permute(2, 0, 1).float() / 127.5 - 1


def _plane(values: UInt8[np.ndarray, "height width"]) -> Float[Tensor, "1 height width"]:
    return torch.from_numpy(values).float()[None] / 255
