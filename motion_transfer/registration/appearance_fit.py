"""Appearance fit: clothing, texture and refined motion of a person, found in alternation."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from motion_transfer.appearance.texel_map import TexelMap, texel_map
from motion_transfer.appearance.texture_baking import View, bake_texture
from motion_transfer.body.posing import shape_body
from motion_transfer.domain.body_motion import BodyShape, Capture
from motion_transfer.domain.value import value
from motion_transfer.fitting.clothing_offset import SPREADS_M, Silhouette, fit_clothing_offset
from motion_transfer.fitting.estimation import MotionRefiner, after_registration, complete_capture
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.registration.crops import Crops
from motion_transfer.registration.footage import usable_crops
from motion_transfer.registration.photometric import register
from motion_transfer.registration.rerender import find_trusted
from motion_transfer.rendering.texture import Texture

DRAFT = 2  # of the atlas's sides, and of the views: a texture that is only compared with crops needs no more

Trusted = Bool[np.ndarray, "frame height width"]


@value
class Appearance:
    """The registered capture with the surface's texture."""

    capture: Capture
    texture: Texture


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceFitter:
    """Alternates between the texture and the motion that explains the pictures with it.

    Args:
        refine: moves the motion to where the pictures show the body.
        iterations: of registration; 0 keeps the fit to the landmarks.
        texture_px: size of the atlas.
        texture_views: frames that the texture is baked from.
        clothing_views: frames whose silhouettes give the offset of clothes and hair from the body.
    """

    refine: MotionRefiner
    iterations: int
    texture_px: int
    texture_views: int
    clothing_views: int

    def __post_init__(self) -> None:
        if self.iterations < 0:
            raise ValueError(
                f"expected iterations of 0 or more, got iterations={self.iterations}; try 2, or 0 for the fit alone"
            )

    def __call__(self, capture: Capture, crops: Crops, advance: Callable[[], None]) -> Appearance:
        """Fit to the crops; `advance` is called as often as `steps` says, and may raise to end the fit."""
        model, trusted = self.refine.model, np.full(crops.matte.shape, True)
        draft = texel_map(model, max(self.texture_px // DRAFT, 1))
        fitted, capture = capture, self._dressed(capture, crops, trusted)
        for _ in range(self.iterations):
            texture = self._bake(capture, crops, trusted, draft, self.texture_views // DRAFT)
            capture = register(self.refine, capture, crops, texture, iterations=1, advance=advance)
            trusted = find_trusted(crops, shape_body(model, capture.motion.shape), capture, texture)
            capture = self._dressed(capture, crops, trusted, SPREADS_M[-2:])
        texture = self._bake(capture, crops, trusted, texel_map(model, self.texture_px), self.texture_views)
        motion = capture.motion
        completed = complete_capture(model, motion.shape, motion.pose, capture.camera, capture.detections)
        if self.iterations:
            completed = after_registration(completed, fitted)
        return Appearance(capture=replace(completed, fallbacks=fitted.fallbacks), texture=texture)

    def steps(self, crops: int, frames: int) -> int:
        """How often `advance` is called for so many crops of a clip of so many frames."""
        return self.iterations * (crops + self.refine.steps(frames))

    def _dressed(
        self, capture: Capture, crops: Crops, trusted: Trusted, spreads_m: Sequence[float] = SPREADS_M
    ) -> Capture:
        """The capture with the clothing offset that the silhouettes ask for; its quality is left as it was."""
        motion = capture.motion
        silhouettes = [
            Silhouette(
                mask=crops.matte[index] > 127,
                trusted=trusted[index] & (crops.inside(index, capture.camera.size) > 0),
                camera=crops.camera(index, capture.camera),
                pose=motion.pose[crops.frames[index] : crops.frames[index] + 1],
            )
            for index in _spread(capture, crops, self.clothing_views)
        ]
        offset_m = fit_clothing_offset(self.refine.model, motion.shape, silhouettes, spreads_m)
        shape = BodyShape(betas=motion.shape.betas, clothing_offset_m=offset_m)
        return replace(capture, motion=replace(motion, shape=shape))

    def _bake(self, capture: Capture, crops: Crops, trusted: Trusted, texels: TexelMap, views: int) -> Texture:
        body = shape_body(self.refine.model, capture.motion.shape)
        chosen = _spread(capture, crops, max(views, 1))

        def each() -> Iterator[View]:
            for index in chosen:
                frame = crops.frames[index]
                yield View(
                    rgb=np.array(crops.rgb[index]),
                    alpha=crops.alpha(index) * trusted[index],
                    camera=crops.camera(index, capture.camera),
                    pose=capture.motion.pose[frame : frame + 1],
                )

        return bake_texture(each(), len(chosen), body, texels)


def _spread(capture: Capture, crops: Crops, most: int) -> list[int]:
    """Crops that show the person, spread through the clip; any where none shows them well."""
    usable = usable_crops(capture, crops) or list(range(len(crops)))
    return [usable[i] for i in evenly_spaced(len(usable), most)]
