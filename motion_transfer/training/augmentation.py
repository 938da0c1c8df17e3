"""Data augmentation of aligned images: one random draw is applied to the frame, its masks and its maps alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometricTransform:
    """A mirroring followed by a similarity transform, one per image.

    Coordinates are x right and y down from the centre of the image, in half heights, so that images of one shape but
    different resolution are transformed alike.

    Attributes:
        matrix: output from input coordinates, after the mirroring.
        mirrored: whether the image is first mirrored left to right.
    """

    matrix: Float[Tensor, "batch 2 3"]
    mirrored: Bool[Tensor, "batch"]

    def warp(
        self,
        images: Float[Tensor, "batch channel height width"],
        *,
        mode: str,
        fill: str,
        swapped: Sequence[tuple[int, int]] = (),
        negated: Sequence[int] = (),
    ) -> Float[Tensor, "batch channel height width"]:
        """Resample images under the transform.

        Args:
            images: frames, masks or maps.
            mode: bilinear, or nearest for masks that must stay 0 and 1.
            fill: padding beyond the border: zeros, border or reflection.
            swapped: pairs of channels that are exchanged under mirroring, e.g. left and right forearm.
            negated: channels whose sign changes under mirroring, e.g. x of the normals.
        """
        self._check(len(images))
        changed = mirror_channels(images, swapped=swapped, negated=negated)
        mirrored = self.mirrored.to(images.device)[:, None, None, None]
        grid = self._grid(images.shape[-2], images.shape[-1]).to(images)
        return functional.grid_sample(
            torch.where(mirrored, changed.flip(-1), images), grid, mode=mode, padding_mode=fill, align_corners=False
        )

    def inside(self, height: int, width: int) -> Bool[Tensor, "batch 1 height width"]:
        """Give the mask of output pixels that come from inside the input image."""
        grid = self._grid(height, width)
        return (grid.abs() <= 1).all(-1)[:, None]

    def _grid(self, height: int, width: int) -> Float[Tensor, "batch height width 2"]:
        """Source of each output pixel, in the coordinates of `grid_sample`."""
        inverse = torch.linalg.inv(self.matrix[:, :, :2])
        y = (torch.arange(height, device=inverse.device, dtype=inverse.dtype) + 0.5) / height * 2 - 1
        x = ((torch.arange(width, device=inverse.device, dtype=inverse.dtype) + 0.5) / width * 2 - 1) * width / height
        outputs = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
        sources = (outputs - self.matrix[:, None, None, :, 2]) @ inverse[:, None].mT
        return sources * sources.new_tensor([height / width, 1.0])

    def _check(self, batch: int) -> None:
        if batch != len(self.mirrored):
            raise ValueError(f"expected a batch of {len(self.mirrored)}, got {batch}; draw as many transforms")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometricAugmentation:
    """Settings of random mirrorings, rotations, zooms and shifts; zoom and shift together are a random crop.

    Args:
        mirror_probability: that an image is mirrored.
        turn_deg: largest rotation, either way.
        zoom: largest factor, either way; 1 for none.
        shift: largest shift in each direction, in half heights.

    Raises:
        ValueError: a setting is out of its range.
    """

    mirror_probability: float
    turn_deg: float
    zoom: float
    shift: float

    def __post_init__(self) -> None:
        if not 0 <= self.mirror_probability <= 1:
            raise ValueError(f"expected a probability in [0, 1], got {self.mirror_probability}; correct it")
        if self.turn_deg < 0 or self.shift < 0:
            raise ValueError(f"expected turn and shift of at least 0, got {self.turn_deg} and {self.shift}; raise them")
        if self.zoom < 1:
            raise ValueError(f"expected a largest zoom of at least 1, got {self.zoom}; it works either way")

    def draw(self, batch: int, generator: torch.Generator) -> GeometricTransform:
        """Draw one transform per image of a batch."""
        turn, zoom, shift_x, shift_y = torch.rand(4, batch, generator=generator) * 2 - 1
        angle = turn * radians(self.turn_deg)
        scale = self.zoom**zoom
        cosine, sine = scale * angle.cos(), scale * angle.sin()
        rows = [torch.stack([cosine, -sine, shift_x * self.shift], -1)]
        rows += [torch.stack([sine, cosine, shift_y * self.shift], -1)]
        mirrored = torch.rand(batch, generator=generator) < self.mirror_probability
        return GeometricTransform(matrix=torch.stack(rows, 1), mirrored=mirrored)


def mirror_channels(
    images: Float[Tensor, "batch channel height width"],
    *,
    swapped: Sequence[tuple[int, int]],
    negated: Sequence[int],
) -> Float[Tensor, "batch channel height width"]:
    """Exchange channels that mean left and right, and negate those that point left or right.

    Raises:
        ValueError: a channel does not exist, or is in two pairs.
    """
    named = [channel for pair in swapped for channel in pair]
    if len(set(named)) != len(named) or any(not 0 <= c < images.shape[1] for c in [*named, *negated]):
        raise ValueError(
            f"expected pairs of different channels below {images.shape[1]}, got {list(swapped)} and {list(negated)}; "
            "correct the indices"
        )
    order = list(range(images.shape[1]))
    for left, right in swapped:
        order[left], order[right] = right, left
    signs = images.new_ones(images.shape[1])
    signs[list(negated)] = -1
    return images[:, order] * signs[:, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourJitter:
    """Factors on brightness, contrast and saturation, one of each per image."""

    brightness: Float[Tensor, "batch"]
    contrast: Float[Tensor, "batch"]
    saturation: Float[Tensor, "batch"]

    def apply(self, rgb: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height width"]:
        """Recolour images in [0, 1]; images that must match take the same factors."""
        brightness, contrast, saturation = (
            factor.to(rgb)[:, None, None, None] for factor in (self.brightness, self.contrast, self.saturation)
        )
        rgb = rgb * brightness
        rgb = 0.5 + (rgb - 0.5) * contrast
        grey = (rgb * rgb.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)  # Rec. 601 luma
        return (grey + (rgb - grey) * saturation).clamp(0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotometricAugmentation:
    """Settings of random colour jitter, Gaussian noise and erased rectangles.

    Args:
        colour: largest factor on brightness, contrast and saturation, either way; 1 for none.
        noise: standard deviation of Gaussian noise on values in [0, 1].
        erase_probability: that an image loses a rectangle (random erasing; Zhong et al. 2020).
        erase_size: largest side of the rectangle, as a fraction of the image's.

    Raises:
        ValueError: a setting is out of its range.
    """

    colour: float
    noise: float
    erase_probability: float
    erase_size: float

    def __post_init__(self) -> None:
        if self.colour < 1:
            raise ValueError(f"expected a largest colour factor of at least 1, got {self.colour}; it works either way")
        if self.noise < 0:
            raise ValueError(f"expected noise of at least 0, got {self.noise}; raise it")
        if not (0 <= self.erase_probability <= 1 and 0 <= self.erase_size <= 1):
            raise ValueError(
                "expected a probability and a size in [0, 1] to erase, "
                f"got {self.erase_probability} and {self.erase_size}; correct them"
            )

    def draw(self, batch: int, generator: torch.Generator) -> ColourJitter:
        """Draw one colour jitter per image of a batch."""
        brightness, contrast, saturation = self.colour ** (torch.rand(3, batch, generator=generator) * 2 - 1)
        return ColourJitter(brightness=brightness, contrast=contrast, saturation=saturation)

    def add_noise(
        self, images: Float[Tensor, "batch channel height width"], generator: torch.Generator
    ) -> Float[Tensor, "batch channel height width"]:
        """Add Gaussian noise; values may leave [0, 1]."""
        return images + self.noise * torch.randn(images.shape, generator=generator).to(images)

    def erasing_mask(
        self, batch: int, height: int, width: int, generator: torch.Generator
    ) -> Bool[Tensor, "batch 1 height width"]:
        """Draw the mask of pixels to erase; the caller zeroes them in the input, or leaves them out of the loss."""
        across, down, left, top, chance = torch.rand(5, batch, 1, 1, 1, generator=generator)
        x = (torch.arange(width) + 0.5) / width
        y = ((torch.arange(height) + 0.5) / height)[:, None]
        across, down = across * self.erase_size, down * self.erase_size
        left, top = left * (1 - across), top * (1 - down)
        inside = (x >= left) & (x < left + across) & (y >= top) & (y < top + down)
        return inside & (chance < self.erase_probability)
