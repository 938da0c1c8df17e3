"""Collecting references: the frames of registered footage at the picture's own size."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import torch
from jaxtyping import Float

from motion_transfer.appearance.matte import refine_matte
from motion_transfer.domain.video import ImageSize, Video
from motion_transfer.geometry.sampling import evenly_spaced
from motion_transfer.references.expressions import face_worth, openings_beyond_usual
from motion_transfer.references.frames import ReferenceFrames, ReferencePicture, foreground_colours
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.registration.rerender import rerender
from motion_transfer.rendering.crop_track import crop

MARGIN_PX = 12  # around the person's matte
GAIN_RANGE, GAIN_FRAMES = (0.7, 1.4), 16
SHARPEST = 1.0  # more than the median does not count
BLURRED_POWER = 2.0


def choose_frames(footage: RegisteredFootage, most: int) -> list[int]:
    """Indices of the crops that become references: usable ones, spread over poses, the sharper ones first.

    Farthest-point sampling over the joint rotations; a frame's distance counts by its sharpness.
    """
    usable = footage.usable()
    if len(usable) <= most:
        return usable
    pose = footage.motion_at(usable).pose.parent_from_joint.flatten(1)
    sharp = torch.from_numpy(sharpness(footage, usable))
    chosen = [int(sharp.argmax())]
    apart = torch.cdist(pose, pose[chosen])[:, 0]
    while len(chosen) < most:
        row = int((apart * sharp).argmax())
        chosen.append(row)
        apart = torch.minimum(apart, torch.cdist(pose, pose[row : row + 1])[:, 0])
    return [usable[row] for row in sorted(chosen)]


def sharpness(footage: RegisteredFootage, indices: Iterable[int]) -> np.ndarray:
    """Mean absolute Laplacian inside each crop's matte, over the median of them all; at most 1."""
    crops, found = footage.crops, list[float]()
    for index in indices:
        inside = cv2.erode(np.asarray(crops.matte[index]), np.ones((5, 5), np.uint8)) > 200
        grey = cv2.cvtColor(np.asarray(crops.rgb[index]), cv2.COLOR_RGB2GRAY)
        found.append(float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[inside].mean()) if inside.any() else 0.0)
    values = np.array(found, np.float32)
    return (values / max(float(np.median(values)), 1e-6)).clip(0, SHARPEST) ** BLURRED_POWER


def collect(
    video: Video, footage: RegisteredFootage, indices: list[int], advance: Callable[[], None]
) -> Iterator[tuple[ReferencePicture, tuple[int, int]]]:
    """Cut the references out of the clip: each picture, and its corner (x, y) in the full frame."""
    crops, plate = footage.crops, footage.crops.plate
    masks = footage.capture.detections.masks
    size = video.size
    frame_from_mask = np.diag([size.width / masks.size.width, size.height / masks.size.height, 1.0])
    known = plate.known.astype(np.uint8) * 255
    of_frame = {crops.frames[index]: index for index in indices}
    for number, frame in video.pick(list(of_frame)):
        index = of_frame[number]
        left, top, right, bottom = person_box(footage, index, size)
        whole = np.array([[1.0, 0, -left], [0, 1.0, -top]])
        area = ImageSize(height=bottom - top, width=right - left)
        place = (slice(top, bottom), slice(left, right))
        mask = crop(masks[number], whole @ frame_from_mask, area)
        rgb, behind = np.ascontiguousarray(frame[place]), np.ascontiguousarray(plate.rgb[place])
        alpha = refine_matte(rgb, mask, behind, np.ascontiguousarray(known[place]))
        trusted = crop(
            footage.trusted[index].astype(np.uint8) * 255,
            whole @ _square(_inverse(crops.track.window_from_frame(index))),
            area,
        )
        yield (
            ReferencePicture(
                foreground=foreground_colours(rgb, alpha, behind),
                matte=(alpha * 255).round().astype(np.uint8),
                trusted=trusted > 127,
            ),
            (left, top),
        )
        advance()


def facts_of(footage: RegisteredFootage, indices: list[int], corners_px: list[tuple[int, int]]) -> ReferenceFrames:
    """What is known of the references beside their pictures."""
    numbers = [footage.crops.frames[index] for index in indices]
    parts = footage.capture.detections.parts
    pose = replace(footage.capture.motion.pose, face_openings=openings_beyond_usual(parts))
    return ReferenceFrames(
        numbers=torch.tensor(numbers, dtype=torch.long),
        pose=pose.at(numbers),
        top_left_px=torch.tensor(corners_px, dtype=torch.long).view(-1, 2),
        sharpness=torch.from_numpy(sharpness(footage, indices)),
        gain=exposure_gains(footage, indices),
        face_worth=face_worth(parts, numbers),
    )


def exposure_gains(footage: RegisteredFootage, indices: list[int]) -> Float[torch.Tensor, "reference 3"]:
    """What makes the references agree in exposure; measured in some of them, for a camera adjusts slowly."""
    measured = [indices[row] for row in evenly_spaced(len(indices), GAIN_FRAMES)]
    frames = [footage.crops.frames[index] for index in indices]
    gains = np.interp(
        frames, [footage.crops.frames[i] for i in measured], [exposure_gain(footage, i) for i in measured]
    )
    # Only how references differ from each other counts: the texture may be lit differently as a whole.
    gains = (gains / np.median(gains)).clip(*GAIN_RANGE)
    # One gain for all channels: a cast of colour would be read out of few pixels.
    return torch.from_numpy(gains).float()[:, None].expand(-1, 3).contiguous()


def exposure_gain(footage: RegisteredFootage, index: int) -> float:
    """What brings the person's colours in a crop to those of the texture, which is the mean of many frames."""
    shown = rerender(footage.crops, index, footage.body, footage.capture, footage.texture)
    both = shown.fragments.covered[0].numpy() & (shown.alpha > 0.9) & (shown.seen > 0.3) & shown.trusted
    if both.sum() < 50:
        return 1.0
    frame, texture = (np.asarray(picture)[both].astype(np.float64).mean(0) for picture in (shown.frame, shown.textured))
    return float(texture.sum() / max(frame.sum(), 1.0))


def person_box(footage: RegisteredFootage, index: int, size: ImageSize) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the matte in the full frame, with a margin and inside of the frame."""
    matte = np.asarray(footage.crops.matte[index]) > 25
    rows, columns = np.nonzero(matte.any(1))[0], np.nonzero(matte.any(0))[0]
    if not len(rows):
        return 0, 0, 1, 1
    frame_from_window = _inverse(footage.crops.track.window_from_frame(index))
    corners = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]], float)
    (left, top), (right, bottom) = corners @ frame_from_window[:, :2].T + frame_from_window[:, 2]
    return (
        int(np.clip(left - MARGIN_PX, 0, size.width - 1)),
        int(np.clip(top - MARGIN_PX, 0, size.height - 1)),
        int(np.clip(np.ceil(right) + MARGIN_PX, 1, size.width)),
        int(np.clip(np.ceil(bottom) + MARGIN_PX, 1, size.height)),
    )


def _inverse(affine: np.ndarray) -> np.ndarray:
    return cv2.invertAffineTransform(affine)


def _square(affine: np.ndarray) -> np.ndarray:
    return np.vstack([affine, [0, 0, 1]])
