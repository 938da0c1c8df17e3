"""Reference frames: the target at the picture's own size, cut to the person, with the poses that the frames show."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from motion_transfer.domain.body_motion import BodyPose
from motion_transfer.domain.value import check_within, value
from motion_transfer.rendering.nearest_pixel import nearest_pixel, without_rim
from motion_transfer.rendering.texture import Texture

SOLID = 0.9  # alpha from which a pixel's colour is the person's alone
MOST_FRAMES, MOST_PX, LARGEST_FACTOR = 1e8, 1e6, 1e3
FAINT = 0.3  # alpha below which a pixel hardly shows the person's colour
RIM = 0.0025  # of the picture's height, in whole pixels: within it lens and codec mix in what is behind


@value
class ReferencePicture:
    """One reference.

    Attributes:
        foreground: the person's own colours, also beside the outline, without the background that shone through.
        matte: alpha, 0 to 255.
        trusted: pixels that show the person or the background, and nothing that the person holds.
    """

    foreground: UInt8[np.ndarray, "height width 3"]
    matte: UInt8[np.ndarray, "height width"]
    trusted: Bool[np.ndarray, "height width"]


@value
class ReferenceFrames:
    """What is known of the references beside their pictures.

    Attributes:
        numbers: which frames of the clip they are.
        top_left_px: corner (x, y) of each picture in the full frame.
        sharpness: 1 for as sharp as the clip usually is, less for blurred by motion.
        gain: what colours are multiplied by so that all references agree in exposure.
        face_worth: what their faces count, less for a blink or a mouth open as it seldom is; all 1 where it is None.

    Raises:
        ValueError: numbers are out of their range or do not agree.
    """

    numbers: Int[Tensor, "reference"]
    pose: BodyPose
    top_left_px: Int[Tensor, "reference 2"]
    sharpness: Float[Tensor, "reference"]
    gain: Float[Tensor, "reference 3"]
    face_worth: Float[Tensor, "reference"] | None = None

    def __post_init__(self) -> None:
        check_within("references", 0, MOST_FRAMES, numbers=self.numbers)
        check_within("references", -MOST_PX, MOST_PX, top_left_px=self.top_left_px)
        check_within("references", 0, LARGEST_FACTOR, sharpness=self.sharpness, gain=self.gain)
        if self.face_worth is not None:
            check_within("references", 0, 1, face_worth=self.face_worth)
        if len(self.pose.root_position_m) != len(self.numbers):
            raise ValueError(f"expected {len(self.numbers)} poses, got {len(self.pose.root_position_m)}; learn again")

    def __len__(self) -> int:
        return len(self.numbers)

    def at(self, indices: list[int]) -> "ReferenceFrames":
        """Some of them, in this order."""
        rows = torch.tensor(indices, dtype=torch.long)
        return ReferenceFrames(
            numbers=self.numbers[rows],
            pose=self.pose.at(rows),
            top_left_px=self.top_left_px[rows],
            sharpness=self.sharpness[rows],
            gain=self.gain[rows],
            face_worth=None if self.face_worth is None else self.face_worth[rows],
        )


@value
class References:
    """References and how their pictures are read, one at a time.

    Attributes:
        read: the picture of the reference with this index in `frames`.
        texture: baked from them at their own size; None where the crops' texture is as fine.
    """

    frames: ReferenceFrames
    read: Callable[[int], ReferencePicture]
    texture: Texture | None = None

    def at(self, indices: list[int]) -> "References":
        """Some of them, in this order."""
        read, chosen = self.read, list(indices)
        return replace(self, frames=self.frames.at(chosen), read=lambda index: read(chosen[index]))

    def apart_from(self, numbers: set[int]) -> "References":
        """Those that are none of these frames of the clip."""
        return self.at([row for row, number in enumerate(self.frames.numbers.tolist()) if number not in numbers])


def foreground_colours(
    rgb: UInt8[np.ndarray, "height width 3"],
    alpha: Float[np.ndarray, "height width"],
    plate: UInt8[np.ndarray, "height width 3"],
) -> UInt8[np.ndarray, "height width 3"]:
    """Solve C = a F + (1 - a) B for the person's colour F; at the rim and beyond, that of the nearest pixel within."""
    solid = alpha > SOLID
    if not solid.any():
        return rgb
    share = alpha[..., None].astype(np.float32)
    solved = ((rgb - (1 - share) * plate) / np.maximum(share, FAINT)).clip(0, 255)
    rim_px = round(RIM * len(solid))
    core = without_rim(solid, rim_px)
    _, nearest = nearest_pixel(core)
    # Beyond the outline, and just within it, the nearest colours of the person go on. Small pictures have no rim to
    # spare: there the mixed pixels count by their share.
    kept = core[..., None] if rim_px else np.clip((share - FAINT) / (SOLID - FAINT), 0, 1)
    return (kept * solved + (1 - kept) * solved.reshape(-1, 3)[nearest]).round().astype(np.uint8)
