"""Layers: pictures of hands or of the head as they were filmed, laid over a painted person."""

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from motion_transfer.body.skeleton import PARTS
from motion_transfer.domain.value import value
from motion_transfer.references.enlarging import Enlargement, enlarged_mask
from motion_transfer.rendering.rasterizer import Fragments

SMALLER = 1.25  # times, from which a picture that is made smaller is blurred first
ARMS = [number for number, name in enumerate(PARTS) if name.endswith(("upper_arm", "forearm", "hand"))]


@value
class Layer:
    """A picture, and where in a window it goes. Places (x, y) in the window are in pixels of the frame.

    Attributes:
        foreground: colours, also beside the outline.
        matte: alpha in [0, 1].
        anchor_px, place_px: a point of the picture, and where it goes in the window.
        picture_from_window: turn in the picture, and scale.
        shift_px: by which the picture is moved at the anchor beyond that; less around it, and not at all beyond
            `radius_px` in the window.
        depth_m: an arm that is nearer to the camera hides the layer.
        front_depth_m: the same for any other part of the body.
    """

    foreground: UInt8[np.ndarray, "height width 3"]
    matte: Float[np.ndarray, "height width"]
    anchor_px: Float[np.ndarray, "2"]
    place_px: Float[np.ndarray, "2"]
    picture_from_window: Float[np.ndarray, "2 2"]
    shift_px: Float[np.ndarray, "2"]
    radius_px: float
    depth_m: float
    front_depth_m: float

    def box_px(self) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2"]]:
        """First and last corner (x, y) in the window of what the layer can cover."""
        height, width = self.matte.shape
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32) - self.anchor_px
        places = corners @ np.linalg.inv(self.picture_from_window).T + self.place_px
        return places.min(0), places.max(0)

    def within(self, area: tuple[slice, slice]) -> tuple[slice, slice] | None:
        """Rows and columns of an area of the window that the layer can cover, in pixels; None where there are none."""
        rows, columns = (
            slice(max(of.start, int(np.floor(first))), min(of.stop, int(np.ceil(last)) + 1))
            for of, first, last in zip(area, *(corner[::-1] for corner in self.box_px()), strict=True)
        )
        return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def lay_over_body(
    layer: Layer,
    fragments: Fragments,
    part_of_face: Int[Tensor, "face"],
    to: Enlargement,
    rgb: Float[np.ndarray, "rows columns 3"],
    alpha: Float[np.ndarray, "rows columns"],
) -> None:
    """Lay a part over a person, in place, where nothing of the body lies before it.

    Args:
        fragments: of the body without what the layer shows, of one frame.
        to: from the cells of the fragments to the pixels of the person.
    """
    area = layer.within(to.area)
    if area is None:
        return
    height, width = fragments.face[0].shape
    cells, enlargement = to.within(area, (height, width))
    before = enlarged_mask(before_layer(layer, fragments, part_of_face, cells), enlargement)
    rows, columns = (
        slice(of.start - whole.start, of.stop - whole.start) for of, whole in zip(area, to.area, strict=True)
    )
    lay(layer, before, area, rgb[rows, columns], alpha[rows, columns])


def before_layer(
    layer: Layer, fragments: Fragments, part_of_face: Int[Tensor, "face"], cells: tuple[slice, slice]
) -> Bool[np.ndarray, "rows columns"]:
    """Where, in some rows and columns, nothing of the rest of the body lies before a layer.

    Args:
        fragments: of the body without what the layer shows, of one frame.
    """
    face = fragments.face[0][cells]
    arm = torch.isin(part_of_face[face.clamp(min=0)], torch.tensor(ARMS))
    hides = fragments.depth_m[0][cells] < torch.where(arm, layer.depth_m, layer.front_depth_m)
    return ~(hides & (face >= 0)).numpy()


def lay(
    layer: Layer,
    before: Float[np.ndarray, "rows columns"],
    area: tuple[slice, slice],
    rgb: Float[np.ndarray, "rows columns 3"],
    alpha: Float[np.ndarray, "rows columns"],
) -> None:
    """Lay a picture over a person, in place.

    Args:
        before: 1 where nothing of the body lies before the layer, 0 where something does.
        area: rows and columns of the window that the arrays hold, in pixels of the frame.
    """
    foreground, matte = _without_fine_detail(layer)
    across, down = _places(layer, area)
    matte = cv2.remap(matte, across, down, cv2.INTER_LINEAR)
    colours = cv2.remap(foreground, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    over = matte * before
    under = alpha * (1 - over)
    whole = over + under
    share = np.divide(over, whole, out=np.zeros_like(over), where=whole > 0)[..., None]
    rgb += share * (colours.astype(np.float32) - rgb)
    alpha[:] = whole


def _places(
    layer: Layer, area: tuple[slice, slice]
) -> tuple[Float[np.ndarray, "rows columns"], Float[np.ndarray, "rows columns"]]:
    """Where in a layer's picture the pixels of an area lie, as OpenCV counts: from the centre of the first pixel."""
    down, across = (
        np.arange(of.start, of.stop, dtype=np.float32) + np.float32(0.5 - place)
        for of, place in zip(area, layer.place_px[::-1], strict=True)
    )
    turn, (x, y) = layer.picture_from_window.astype(np.float32), (layer.anchor_px - 0.5).astype(np.float32)
    found_x = turn[0, 0] * across + (turn[0, 1] * down + x)[:, None]
    found_y = turn[1, 0] * across + (turn[1, 1] * down + y)[:, None]
    if layer.shift_px.any():
        near = np.clip(1 - (across**2 + (down**2)[:, None]) / np.float32(layer.radius_px**2), 0, 1)
        found_x += near * np.float32(layer.shift_px[0])
        found_y += near * np.float32(layer.shift_px[1])
    return found_x, found_y


def _without_fine_detail(
    layer: Layer,
) -> tuple[UInt8[np.ndarray, "height width 3"], Float[np.ndarray, "height width"]]:
    """Colours and matte of a picture that is made smaller, without what would flicker as it moves over the pixels."""
    scale = float(np.sqrt(abs(np.linalg.det(layer.picture_from_window))))
    if scale <= SMALLER:
        return layer.foreground, layer.matte
    sigma = 0.5 * float(np.sqrt(scale**2 - 1))
    return cv2.GaussianBlur(layer.foreground, (0, 0), sigma), cv2.GaussianBlur(layer.matte, (0, 0), sigma)
