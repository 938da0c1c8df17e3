"""What the target looks like, learned from its footage: thickness, texture and registered motion, in alternation."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from motion_transfer.appearance.matte import refine_matte
from motion_transfer.appearance.plate import Plate
from motion_transfer.appearance.texel_map import TexelMap, texel_map
from motion_transfer.appearance.texture_baking import View, bake_texture
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.datasets.footage import Footage
from motion_transfer.domain.body_motion import BodyMotion, BodyShape, Capture
from motion_transfer.domain.value import value
from motion_transfer.fitting.clothing_offset import Silhouette, fit_clothing_offset
from motion_transfer.fitting.estimation import MotionRefiner, after_registration, complete_capture
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.performers.overlays import as_bytes, draw_overlay, pose_of
from motion_transfer.performers.registration import register
from motion_transfer.prefetch import thread_map
from motion_transfer.rendering.texture import Texture

SEEN = 0.5  # mean confidence of the landmarks above which a frame teaches the look


@value
class Look:
    """The registered capture with the surface's texture."""

    capture: Capture
    texture: Texture


class LookLearner:
    """Alternates between the texture and the pose that explains the pictures with it.

    Args:
        refine: moves the motion to where the pictures show the body.
        rounds: of registration; 0 keeps the fit to the landmarks.
        texture_px: size of the atlas.
        texture_views: frames that the texture is baked from.
        thickness_views: frames whose silhouettes tell how thick clothes and hair are.
    """

    def __init__(
        self, refine: MotionRefiner, rounds: int, texture_px: int, texture_views: int, thickness_views: int
    ) -> None:
        self.refine, self.rounds = refine, rounds
        self.texture_px, self.texture_views, self.thickness_views = texture_px, texture_views, thickness_views

    def __call__(
        self,
        capture: Capture,
        footage: Footage,
        alpha: UInt8[np.ndarray, "frame height width"],
        plate: Plate,
        advance: Callable[[], None],
    ) -> Look:
        """Learn from the frames of the footage."""
        texels = texel_map(self.refine.model, self.texture_px)
        everywhere = np.full(alpha.shape, True)
        fitted, capture = capture, self._thicken(capture, footage, alpha, everywhere)
        texture = self._bake(capture, footage, alpha, everywhere, plate, texels)
        for _ in range(self.rounds):
            capture = register(self.refine, capture, footage, alpha, plate, texture, rounds=1, advance=advance)
            trusted = find_trusted(self.refine.model, capture, footage, alpha, plate, texture)
            capture = self._thicken(capture, footage, alpha, trusted)
            texture = self._bake(capture, footage, alpha, trusted, plate, texels)
        if self.rounds:
            capture = after_registration(capture, fitted)
        return Look(capture=capture, texture=texture)

    def _teaching(self, capture: Capture, footage: Footage, most: int) -> list[int]:
        """Crops that show the person, spread through the clip."""
        good = [i for i, number in enumerate(footage.frame_indices) if capture.motion.confidence[number] > SEEN]
        good = good or list(range(len(footage)))
        return [good[i] for i in evenly_spaced(len(good), most)]

    def _thicken(self, capture: Capture, footage: Footage, alpha: np.ndarray, trusted: np.ndarray) -> Capture:
        motion = capture.motion
        silhouettes = []
        for index in self._teaching(capture, footage, self.thickness_views):
            inside = footage.valid(index, capture.camera.size) > 0
            number = footage.frame_indices[index]
            camera = footage.camera(index, capture.camera)
            silhouettes.append(
                Silhouette(
                    mask=alpha[index] > 127,
                    trusted=trusted[index] & inside,
                    camera=camera,
                    pose=motion.pose[number : number + 1],
                )
            )
        thickness = fit_clothing_offset(self.refine.model, motion.shape, silhouettes)
        shape = BodyShape(betas=motion.shape.betas, clothing_offset_m=thickness)
        return complete_capture(self.refine.model, shape, motion.pose, capture.camera, capture.detections)

    def _bake(
        self,
        capture: Capture,
        footage: Footage,
        alpha: np.ndarray,
        trusted: np.ndarray,
        plate: Plate,
        texels: TexelMap,
    ) -> Texture:
        body = shape_body(self.refine.model, capture.motion.shape)
        chosen = self._teaching(capture, footage, self.texture_views)

        def views() -> Iterator[View]:
            for index in chosen:
                number = footage.frame_indices[index]
                yield View(
                    rgb=np.array(footage.rgb[index]),
                    alpha=alpha[index] / np.float32(255) * trusted[index],
                    camera=footage.camera(index, capture.camera),
                    pose=capture.motion.pose[number : number + 1],
                )

        return bake_texture(views(), len(chosen), body, texels)


def write_mattes(path: Path, footage: Footage, plate: Plate) -> None:
    """Refine the mask of every crop and store the mattes as one array of bytes."""
    stored = np.lib.format.open_memmap(path, "w+", np.uint8, footage.mask.shape)
    known = plate.known.astype(np.uint8) * 255
    for index in range(len(footage)):
        stored[index] = as_bytes(
            refine_matte(
                np.asarray(footage.rgb[index]),
                np.asarray(footage.mask[index]),
                footage.crop(index, plate.rgb),
                footage.crop(index, known),
            )
        )
    stored.flush()


def find_trusted(
    model: BodyModel,
    capture: Capture,
    footage: Footage,
    alpha: UInt8[np.ndarray, "frame height width"],
    plate: Plate,
    texture: Texture,
) -> np.ndarray:
    """Pixels of each crop that show body or background: no held object, inside the frame."""
    body = shape_body(model, capture.motion.shape)

    def trusted_of(index: int) -> np.ndarray:
        posed = pose_of(body, capture.motion.pose, footage.frame_indices[index])
        soft = alpha[index] / np.float32(255)
        return draw_overlay(footage, index, soft, plate, texture, posed, capture.camera).trusted

    trusted = np.empty(alpha.shape, bool)
    for index, found in enumerate(thread_map(trusted_of, range(len(footage)))):
        trusted[index] = found
    return trusted


def usable_frames(motion: BodyMotion, numbers: tuple[int, ...]) -> list[int]:
    """Positions in the footage of the frames that show the person."""
    return [i for i, number in enumerate(numbers) if motion.confidence[number] > SEEN]
