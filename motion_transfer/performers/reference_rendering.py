"""Rendering by references: a motion on the target's body -> the person in every frame, from the target's own pixels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.body.posing import PosedBody, ShapedBody
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.window_rendering import ConditionedFrame, conditioned_frames
from motion_transfer.prefetch import thread_map
from motion_transfer.references.atlas import Place, ReferenceAtlas
from motion_transfer.references.driven_frames import DrivenFrame, SurfaceParts, driven_frame
from motion_transfer.references.enlarging import Enlargement, enlarged, enlarged_blend, strongest
from motion_transfer.references.layers import Layer, lay_over_body
from motion_transfer.references.levelling import alpha_nearby, feathered, levelled
from motion_transfer.references.native_body import native_body
from motion_transfer.references.rims import FINE_PARTS, rim_bounds, smoothed_outline, without_steps
from motion_transfer.references.settings import ReferenceSettings
from motion_transfer.references.views import ReferenceView
from motion_transfer.references.warped_pictures import warped_pictures
from motion_transfer.references.warping import Warp, warp
from motion_transfer.references.whole_parts import WholeParts, placed_layers
from motion_transfer.rendering.crop_track import CropTrack
from motion_transfer.rendering.rasterizer import rasterize_some
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthesis.candidates import Candidates, candidate_weights
from motion_transfer.synthesis.compositor import AlphaBounds, distance_px
from motion_transfer.synthesis.generators.conditional import Painted
from motion_transfer.synthesis.rollout import Conditioned, part_of

GRID = 2  # cells per pixel of the network's window, along each side
SOFTNESS = 2  # cells
RIM_CELLS = 9  # within which the texture takes over the references' alpha
CORE_CELLS = 3  # farther inside of the outline the texture is opaque, so that no hand is lost


@value
class Warped:
    """One driven frame on the grid, before its pixels are sampled.

    Attributes:
        layers: parts of the body, by name, that are laid over the rest and are no part of it.
        conditioned: what a trained network reads, in the part of its window that shows the person; None without one.
    """

    driven: DrivenFrame
    warp: Warp
    posed: PosedBody
    layers: Mapping[str, Layer]
    conditioned: Conditioned | None = None


@value
class NativePerson:
    """The person at the frame's own size, colours in [0, 255]: a part of the window, and where it lies in it.

    Attributes:
        area: rows and columns of the window, in pixels of the frame.
    """

    rgb: Float[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "height width"]
    area: tuple[slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRenderer:
    """Renders frames of one motion from a few references that are held throughout.

    Args:
        track: the network's window, on whole pixels of the frame.
        sharpness, views, atlas: of the references, in one order; `small` are their pictures at the window's scale.
        texture: stands in where none of them is believed.
        whole: parts of the body that are shown as they were filmed.
    """

    performer: Performer
    body: ShapedBody
    parts: SurfaceParts
    settings: ReferenceSettings
    track: CropTrack
    sharpness: Float[Tensor, "reference"]
    views: list[ReferenceView]
    atlas: ReferenceAtlas
    texture: Texture
    small: list[Place]
    whole: WholeParts

    @property
    def cells_per_pixel(self) -> int:
        """Of the grid: no finer than the frame's own pixels."""
        return GRID if self.track.px_per_pixel >= GRID else 1

    @property
    def px_per_cell(self) -> float:
        """Pixels of the frame per cell of the grid."""
        return self.track.px_per_pixel / self.cells_per_pixel

    def frames(self, motion: BodyMotion, chunk: int, threads: int) -> Iterator[Warped]:
        """All frames of the motion, in order, with what the network reads if it was trained.

        Args:
            chunk: frames whose maps are rendered at once.
            threads: in which frames are warped side by side.
        """
        if not self.performer.facts.training.steps:
            return thread_map(partial(self._warped_alone, motion), range(len(motion)), threads=threads)
        drawn = conditioned_frames(self.performer, motion, self.track, torch.ones(len(motion)), chunk)
        return thread_map(self._warped_for_network, enumerate(drawn), threads=threads)

    def _warped_alone(self, motion: BodyMotion, frame: int) -> Warped:
        return self.warped(self.body.posed(motion.pose[frame : frame + 1], fingers=False), frame)

    def _warped_for_network(self, numbered: tuple[int, ConditionedFrame]) -> Warped:
        frame, drawn = numbered
        warped = self.warped(drawn.posed, frame)
        conditioned = part_of(drawn.conditioned, self.span(warped))
        return replace(warped, conditioned=replace(conditioned, candidates=self.candidates(warped)))

    def warped(self, posed: PosedBody, frame: int) -> Warped:
        """Find every cell of one driven frame in the references.

        Args:
            posed: the body in that frame.
        """
        size, cells = self.track.size, self.cells_per_pixel
        grid = ImageSize(height=size.height * cells, width=size.width * cells)
        affine = self.track.window_from_frame(frame) * cells
        model, camera = self.performer.model, self.performer.facts.camera
        reach_px, multiple = self.settings.reach * size.height * cells, self.performer.generator.divisor * cells
        layers = placed_layers(self.whole, frame, posed, camera, self.track.top_left_px[frame].numpy())
        shown = self.parts.without(layers)
        around = np.concatenate([np.zeros((0, 2)), *self._layer_corners(layers)])
        driven = driven_frame(posed, camera, affine, grid, reach_px, self.parts, multiple, shown, around)
        found = warp(
            driven,
            self.views,
            model.weights,
            tolerance_deg=self.settings.tolerance_deg,
            sharpness=self.sharpness,
            softness=SOFTNESS,
        )
        return Warped(driven=driven, warp=found, posed=posed, layers=layers)

    def span(self, warped: Warped) -> tuple[slice, slice]:
        """Rows and columns of the network's window that show the person, as many as the network can divide."""
        cells, shown = self.cells_per_pixel, warped.warp.size
        rows, columns = (
            slice(first // cells, (first + length) // cells)
            for first, length in zip(warped.driven.corner, (shown.height, shown.width), strict=True)
        )
        return rows, columns

    def candidates(self, warped: Warped) -> Candidates:
        """The references as the network sees them: warped to its window, at its scale."""
        cells, scale = self.cells_per_pixel, self.track.px_per_pixel
        # The centre of a pixel's last cell lies half a cell beyond the pixel's own.
        beyond_px = 0.5 * (cells - 1) * self.px_per_cell
        affines = [
            np.concatenate([np.eye(2), -(place.corner_px + beyond_px)[:, None]], 1) / scale for place in self.small
        ]
        pictures = [place.picture for place in self.small]
        seen = warped_pictures(warped.warp, pictures, affines, cells)
        rgb, alpha, confidence = (torch.from_numpy(of)[None] for of in (seen.rgb, seen.alpha, seen.confidence))
        return Candidates(rgb=rgb, alpha=alpha, confidence=confidence)

    def painted(self, warped: Warped, judged: Painted | None, bounds: AlphaBounds) -> NativePerson:
        """Sample the references at the frame's own pixels.

        Args:
            judged: what the network says of the candidates; None leaves the choice to geometry.
        """
        confidence = torch.from_numpy(warped.warp.confidence)[:, None]
        votes = torch.zeros_like(confidence) if judged is None else self._votes(judged.votes, warped)
        weights = candidate_weights(confidence, votes)[:, 0].numpy()
        to = self._enlargement(warped)
        native = native_body(warped.driven, warped.posed, self.parts, self.texture, to)
        found = enlarged_blend(warped.warp, strongest(weights), self.atlas, to, native.part)
        covered = warped.driven.fragments.covered[0].numpy()
        floor, near = self._bounds(covered, bounds)
        side = 2 * CORE_CELLS + 1
        core = cv2.erode(covered.astype(np.float32), np.ones((side, side), np.float32))
        wide = enlarged(np.stack([covered, core, floor, near], -1, dtype=np.float32), to)
        body, core, floor, near = (np.ascontiguousarray(wide[..., channel]) for channel in range(4))
        texture = levelled(native.texture, found, body)
        found = feathered(found, body)
        missing = 1 - found.share
        rgb = found.rgb + missing[..., None] * texture
        # The texture has no alpha of its own: at the outline it ends where the references say that the person ends.
        nearby = alpha_nearby(found, round(RIM_CELLS * self.px_per_cell))
        alpha = found.alpha + missing * body * np.maximum(nearby, core)
        if judged is not None and judged.edge is not None and judged.light is not None:
            rows, columns = self.span(warped)
            beside = Enlargement(area=to.area, px_per_cell=self.track.px_per_pixel, corner=(rows.start, columns.start))
            alpha += enlarged(judged.edge[0, 0].numpy(), beside)
            rgb += 127.5 * enlarged(judged.light[0].permute(1, 2, 0).contiguous().numpy(), beside)
        alpha = without_steps(self._without_slits(alpha, covered, warped, to), found.share, self.px_per_cell)
        alpha = np.clip(alpha, 0, 1) * near
        alpha = np.maximum(alpha, bounds.floor * floor)
        for layer in warped.layers.values():
            lay_over_body(layer, warped.driven.fragments, self.parts.part_of_face, to, rgb, alpha)
        return NativePerson(rgb=rgb, alpha=alpha, area=to.area)

    def _without_slits(
        self, alpha: Float[np.ndarray, "rows columns"], covered: np.ndarray, warped: Warped, to: Enlargement
    ) -> Float[np.ndarray, "rows columns"]:
        cells = self._cells(warped)
        size = (cells[1].stop - cells[1].start, cells[0].stop - cells[0].start)
        window = self.track.size.height * self.cells_per_pixel
        least, most = rim_bounds(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), covered[cells], window)
        bounds = np.zeros((*covered.shape, 3), np.float32)
        bounds[cells] = np.stack([least, most, self._clothed(warped)[cells]], -1)
        least, most, clothed = np.moveaxis(enlarged(bounds, to), -1, 0)
        whole = np.minimum(np.maximum(alpha, least), most)
        return smoothed_outline(whole, clothed, self.track.size.height * self.track.px_per_pixel)

    def _clothed(self, warped: Warped) -> Float[np.ndarray, "height width"]:
        """1 at cells of the body and beside it that belong neither to a hand nor to the head."""
        driven = warped.driven
        clothed = np.zeros(driven.fragments.covered[0].shape, np.float32)
        clothed.reshape(-1)[driven.pixels.numpy()] = ~np.isin(driven.part.numpy(), FINE_PARTS)
        return clothed

    def alpha_in_window(self, person: NativePerson) -> Float[np.ndarray, "crop_height crop_width"]:
        """The person's alpha at the network's own pixels."""
        size = self.track.size
        whole = np.zeros([round(length * self.track.px_per_pixel) for length in (size.height, size.width)], np.float32)
        whole[person.area] = person.alpha
        return cv2.resize(whole, (size.width, size.height), interpolation=cv2.INTER_AREA)

    def part_in_window(self, warped: Warped) -> Int[np.ndarray, "crop_height crop_width"]:
        """Body part at each of the network's own pixels, also of a part that is laid over, -1 beside the body."""
        cells, size, driven = self.cells_per_pixel, self.track.size, warped.driven
        face = driven.fragments.face[0]
        if driven.shown is not None:
            faces, grid = self.performer.model.faces, warped.warp.size
            laid = rasterize_some(driven.vertices_px, driven.depth_m, faces, grid, ~driven.shown).face[0]
            face = torch.where(face >= 0, face, laid)
        face = face[::cells, ::cells]
        whole = np.full((size.height, size.width), -1)
        whole[self.span(warped)] = torch.where(face >= 0, self.parts.part_of_face[face.clamp(min=0)], -1).numpy()
        return whole

    def _enlargement(self, warped: Warped) -> Enlargement:
        """From the cells of the part that shows the person to the pixels of the frame."""
        rows, columns = (
            slice(int((first + of.start) * self.px_per_cell), round((first + of.stop) * self.px_per_cell))
            for first, of in zip(warped.driven.corner, self._cells(warped), strict=True)
        )
        return Enlargement(area=(rows, columns), px_per_cell=self.px_per_cell, corner=warped.driven.corner)

    def _cells(self, warped: Warped) -> tuple[slice, slice]:
        """Rows and columns, in the part that shows the person, of all that is warped or laid, and one more around."""
        size, found = warped.warp.size, np.divmod(warped.warp.pixels, warped.warp.size.width)
        spans = [tuple((int(of.min()) - 1, int(of.max()) + 2) for of in found)] if len(found[0]) else []
        for corners in self._layer_corners(warped.layers):
            at = corners - np.array(warped.driven.corner[::-1])
            (left, top), (right, bottom) = np.floor(at.min(0)).astype(int), np.ceil(at.max(0)).astype(int)
            if right > 0 and bottom > 0 and left < size.width and top < size.height:
                spans.append(((int(top), int(bottom)), (int(left), int(right))))
        if not spans:
            return slice(0, 1), slice(0, 1)
        rows, columns = (
            slice(max(0, min(first for first, _ in along)), min(length, max(last for _, last in along)))
            for along, length in zip(zip(*spans, strict=True), (size.height, size.width), strict=True)
        )
        return rows, columns

    def _layer_corners(self, layers: Mapping[str, Layer]) -> list[Float[np.ndarray, "2 2"]]:
        """First and last corner (x, y) of each layer in the window, in cells."""
        return [np.stack(layer.box_px()) / self.px_per_cell for layer in layers.values()]

    def _bounds(self, covered: np.ndarray, bounds: AlphaBounds) -> tuple[np.ndarray, np.ndarray]:
        """Where alpha must not vanish, and how much of it is left beyond the body."""
        cells = self.cells_per_pixel
        side = 2 * 3 * cells + 1
        inner = cv2.erode(covered.astype(np.float32), np.ones((side, side), np.float32))
        reach = min(bounds.reach_px, self.settings.reach * self.track.size.height) * cells
        near = np.clip(2 - 2 * distance_px(covered) / max(reach, 1.0), 0, 1).astype(np.float32)
        return cv2.blur(inner, (cells + 1, cells + 1)), near

    def _votes(
        self, votes: Float[Tensor, "1 reference height width"] | None, warped: Warped
    ) -> Float[Tensor, "reference 1 pixel"]:
        """The network's votes at the pixels of a warp."""
        if votes is None:
            raise ValueError("expected votes on the candidates, got none; choose synthesis/generator=reference_judge")
        on_grid = torch.nn.functional.interpolate(votes.float(), scale_factor=self.cells_per_pixel, mode="bilinear")[0]
        return on_grid.flatten(1)[:, None, torch.from_numpy(warped.warp.pixels)]
