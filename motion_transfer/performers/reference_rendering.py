"""Rendering by references: a motion on the target's body -> the person in every frame, from the target's own pixels."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.window_rendering import conditioned_frames
from motion_transfer.references.enlarging import Place, enlarged, enlarged_blend
from motion_transfer.references.frames import ReferencePicture, References
from motion_transfer.references.sampling import Blend, sample
from motion_transfer.references.selection import choose_references
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.references.views import ReferenceView, reference_view
from motion_transfer.references.warping import DrivenFrame, SurfaceParts, Warp, driven_frame, surface_parts, warp
from motion_transfer.rendering.crop_track import CropTrack
from motion_transfer.rendering.surface_maps import draw_texture, uv_map
from motion_transfer.synthesis.candidates import Candidates, candidate_weights
from motion_transfer.synthesis.compositor import AlphaBounds, distance_px
from motion_transfer.synthesis.generators.conditional import Painted
from motion_transfer.synthesis.rollout import Conditioned

GRID = 2  # cells per pixel of the network's window, along each side
SOFTNESS = 2  # cells
RIM_CELLS = 9  # within which the texture takes over the references' alpha
CORE_CELLS = 3  # farther inside of the outline the texture is opaque, so that no hand is lost
LEAST_SHARE = 0.03  # of these cells that references have to show


@value
class Warped:
    """One driven frame on the grid, before its pixels are sampled.

    Attributes:
        conditioned: what a trained network reads; None where there is none.
    """

    driven: DrivenFrame
    warp: Warp
    texture: UInt8[np.ndarray, "height width 3"]
    posed: PosedBody
    conditioned: Conditioned | None = None


@value
class NativePerson:
    """The person at the frame's own size, colours in [0, 255]."""

    rgb: Float[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRenderer:
    """Renders frames of one motion from a few references that are held throughout.

    Args:
        track: the network's window, on whole pixels of the frame.
        views, places: of the references, in one order; `small` are their pictures at the window's scale.
    """

    performer: Performer
    body: ShapedBody
    parts: SurfaceParts
    settings: ReferenceSettings
    track: CropTrack
    references: References
    views: list[ReferenceView]
    places: list[Place]
    small: list[Place]

    @property
    def cells_per_pixel(self) -> int:
        """Of the grid: no finer than the frame's own pixels."""
        return GRID if self.track.px_per_pixel >= GRID else 1

    @property
    def px_per_cell(self) -> float:
        """Pixels of the frame per cell of the grid."""
        return self.track.px_per_pixel / self.cells_per_pixel

    def frames(self, motion: BodyMotion, chunk: int) -> Iterator[Warped]:
        """All frames of the motion, in order, with what the network reads if it was trained.

        Args:
            chunk: frames whose maps are rendered at once.
        """
        if not self.performer.facts.training.steps:
            for frame in range(len(motion)):
                yield self.warped(self.body.posed(motion.pose[frame : frame + 1]), frame)
            return
        trust = torch.ones(len(motion))
        for frame, drawn in enumerate(conditioned_frames(self.performer, motion, self.track, trust, chunk)):
            warped = self.warped(drawn.posed, frame)
            yield replace(warped, conditioned=replace(drawn.conditioned, candidates=self.candidates(warped)))

    def warped(self, posed: PosedBody, frame: int) -> Warped:
        """Find every cell of one driven frame in the references.

        Args:
            posed: the body in that frame.
        """
        size, cells = self.track.size, self.cells_per_pixel
        grid = ImageSize(height=size.height * cells, width=size.width * cells)
        affine = self.track.window_from_frame(frame) * cells
        model, camera = self.performer.model, self.performer.facts.camera
        driven = driven_frame(posed, camera, affine, grid, self.settings.reach * size.height * cells, self.parts)
        found = warp(
            driven,
            self.views,
            model.weights,
            tolerance_deg=self.settings.tolerance_deg,
            sharpness=self.references.frames.sharpness,
            softness=SOFTNESS,
        )
        drawn = draw_texture(driven.fragments, self.performer.texture, uv_map(driven.fragments, posed))[0, :3]
        texture = (drawn.permute(1, 2, 0) * 255).round().byte().numpy()
        return Warped(driven=driven, warp=found, texture=texture, posed=posed)

    def candidates(self, warped: Warped) -> Candidates:
        """The references as the network sees them: warped to its window, at its scale."""
        cells, size, scale = self.cells_per_pixel, self.track.size, self.track.px_per_pixel
        rgb, alpha = [], []
        for row, place in enumerate(self.small):
            # Of each pixel's cells the last one; its centre lies half a cell beyond the pixel's.
            position = warped.warp.position_px[row][cells - 1 :: cells, cells - 1 :: cells]
            beyond = 0.5 * (cells - 1) * self.px_per_cell
            colours, matte = sample(place.picture, (position - beyond - place.corner_px.astype(np.float32)) / scale)
            lit = colours * place.gain.astype(np.float32)
            rgb.append(torch.from_numpy(lit).permute(2, 0, 1).clamp(0, 255) / 127.5 - 1)
            alpha.append(torch.from_numpy(matte))
        confidence = np.stack(
            [cv2.resize(row, (size.width, size.height), interpolation=cv2.INTER_AREA) for row in warped.warp.confidence]
        )
        return Candidates(
            rgb=torch.stack(rgb)[None], alpha=torch.stack(alpha)[None], confidence=torch.from_numpy(confidence)[None]
        )

    def painted(self, warped: Warped, judged: Painted | None, bounds: AlphaBounds) -> NativePerson:
        """Sample the references at the frame's own pixels.

        Args:
            judged: what the network says of the candidates; None leaves the choice to geometry.
        """
        confidence = torch.from_numpy(warped.warp.confidence)
        votes = torch.zeros_like(confidence) if judged is None else self._on_grid(judged.votes)
        weights = candidate_weights(confidence, votes).numpy()
        size, per_cell = self.track.size, self.px_per_cell
        height, width = (round(length * self.track.px_per_pixel) for length in (size.height, size.width))
        found = enlarged_blend(warped.warp, weights, self.places, width, height, per_cell)
        whole = (slice(0, height), slice(0, width))
        covered = warped.driven.fragments.covered[0].numpy()
        body = enlarged(covered.astype(np.float32), whole, per_cell)
        missing = 1 - found.share
        rgb = found.rgb + missing[..., None] * enlarged(warped.texture, whole, per_cell)
        side = 2 * CORE_CELLS + 1
        core = enlarged(cv2.erode(covered.astype(np.float32), np.ones((side, side), np.float32)), whole, per_cell)
        # The texture has no alpha of its own: at the outline it ends where the references say that the person ends.
        alpha = found.alpha + missing * body * np.maximum(_alpha_nearby(found, round(RIM_CELLS * per_cell)), core)
        if judged is not None and judged.edge is not None and judged.light is not None:
            at_scale = self.track.px_per_pixel
            alpha += enlarged(judged.edge[0, 0].numpy(), whole, at_scale)
            rgb += 127.5 * enlarged(np.ascontiguousarray(judged.light[0].permute(1, 2, 0).numpy()), whole, at_scale)
        floor, near = self._bounds(covered, bounds)
        alpha = np.clip(alpha, 0, 1) * enlarged(near, whole, per_cell)
        return NativePerson(rgb=rgb, alpha=np.maximum(alpha, bounds.floor * enlarged(floor, whole, per_cell)))

    def _bounds(self, covered: np.ndarray, bounds: AlphaBounds) -> tuple[np.ndarray, np.ndarray]:
        """Where alpha must not vanish, and how much of it is left beyond the body."""
        cells = self.cells_per_pixel
        side = 2 * 3 * cells + 1
        inner = cv2.erode(covered.astype(np.float32), np.ones((side, side), np.float32))
        reach = min(bounds.reach_px, self.settings.reach * self.track.size.height) * cells
        near = np.clip(2 - 2 * distance_px(covered) / max(reach, 1.0), 0, 1).astype(np.float32)
        return cv2.blur(inner, (cells + 1, cells + 1)), near

    def _on_grid(self, votes: Float[Tensor, "1 reference height width"] | None) -> Tensor:
        if votes is None:
            raise ValueError("expected votes on the candidates, got none; choose synthesis/generator=reference_judge")
        cells = self.cells_per_pixel
        return torch.nn.functional.interpolate(votes.float(), scale_factor=cells, mode="bilinear")[0]


def reference_renderer(
    performer: Performer, motion: BodyMotion, track: CropTrack, settings: ReferenceSettings
) -> ReferenceRenderer:
    """Choose the references for a motion and read them.

    Raises:
        ValueError: the performer has no references.
    """
    if performer.references is None or not len(performer.references.frames):
        raise ValueError("expected a performer with reference frames, got one without; learn it again")
    body, camera, known = performer.body, performer.facts.camera, performer.references.frames
    chosen = choose_references(
        body,
        motion,
        known.pose,
        known.sharpness,
        camera,
        count=settings.count,
        tolerance_deg=settings.tolerance_deg,
    )
    references = performer.references.at(chosen)
    places, parts = list(_places(references)), surface_parts(performer.model)
    facts, cell = references.frames, track.px_per_pixel / 1.5
    views = [
        reference_view(
            body.posed(facts.pose[row : row + 1]),
            camera,
            (float(place.corner_px[0]), float(place.corner_px[1])),
            place.picture.trusted,
            1.0,
            cell,
            parts.part_of_face,
        )
        for row, place in enumerate(places)
    ]
    return ReferenceRenderer(
        performer=performer,
        body=body,
        parts=parts,
        settings=settings,
        track=track,
        references=references,
        views=views,
        places=places,
        small=[_shrunk(place, track.px_per_pixel) for place in places],
    )


def _alpha_nearby(found: Blend, side_px: int) -> Float[np.ndarray, "height width"]:
    """Mean alpha that the references show around each pixel, 1 where they show nothing."""
    side = max(3, side_px | 1)
    share, alpha = cv2.blur(found.share, (side, side)), cv2.blur(found.alpha, (side, side))
    return np.divide(alpha, share, out=np.ones_like(alpha), where=share > LEAST_SHARE)


def _places(references: References) -> Iterator[Place]:
    facts = references.frames
    for row in range(len(facts)):
        yield Place(
            picture=references.read(row),
            corner_px=facts.top_left_px[row].numpy().astype(np.float64),
            gain=facts.gain[row].numpy().astype(np.float64),
        )


def _shrunk(place: Place, px_per_pixel: float) -> Place:
    """The picture at the window's scale."""
    picture = place.picture
    height, width = (max(1, round(length / px_per_pixel)) for length in picture.matte.shape)

    def shrunk(pixels: np.ndarray) -> np.ndarray:
        return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)

    small = ReferencePicture(
        foreground=shrunk(picture.foreground),
        matte=shrunk(picture.matte),
        trusted=shrunk(picture.trusted.astype(np.uint8)) > 0,
    )
    return Place(picture=small, corner_px=place.corner_px, gain=place.gain)
