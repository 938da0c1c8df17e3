"""The masks of a crop come back to the frame where they were."""

import dataclasses

import cv2
import numpy as np
from small_footage import SIZE, small_clip, small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.registration.native_masks import native_held, native_person


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_the_person_of_a_coarse_crop_is_the_person_of_the_frame(tiny_body: BodyModel) -> None:
    clip, footage = small_clip(tiny_body), small_footage(tiny_body)
    assert footage.crops.track.px_per_pixel > 1.2
    for index, frame in enumerate(clip.video):
        if index % 5 == 0:
            found = native_person(footage.crops, index, frame)
            assert found.shape == frame.shape[:2]
            assert overlap(found, clip.masks[index] > 127) > 0.85


def test_the_picture_places_an_outline_that_the_crop_has_blurred(tiny_body: BodyModel) -> None:
    """A bright square before black, whose matte has shrunk by a pixel of the crop."""
    footage = small_footage(tiny_body)
    frame = np.zeros((SIZE.height, SIZE.width, 3), np.uint8)
    frame[30:90, 25:65] = 220
    true = frame[..., 0] > 0
    matte = footage.crops.crop(0, true.astype(np.uint8) * 255)
    shrunk = cv2.erode(matte, np.ones((3, 3), np.uint8))
    coarse = dataclasses.replace(footage.crops, matte=shrunk[None].repeat(len(footage.crops), 0))
    unguided = native_person(coarse, 0, np.zeros_like(frame))  # a picture without edges
    assert overlap(native_person(coarse, 0, frame), true) > max(0.97, overlap(unguided, true) + 0.05)


def test_without_a_person_the_mask_is_empty(tiny_body: BodyModel) -> None:
    footage = small_footage(tiny_body)
    nobody = dataclasses.replace(footage.crops, matte=np.zeros_like(footage.crops.matte))
    assert not native_person(nobody, 0, np.zeros((SIZE.height, SIZE.width, 3), np.uint8)).any()


def test_what_is_held_lies_where_the_crop_shows_it_and_not_beside_the_crop(tiny_body: BodyModel) -> None:
    footage = small_footage(tiny_body)
    true = np.zeros((SIZE.height, SIZE.width), bool)
    true[40:60, 30:50] = True
    held = footage.crops.crop(2, true.astype(np.uint8) * 255) > 127
    assert overlap(native_held(footage.crops, 2, ~held, SIZE), true) > 0.85
    everything = native_held(footage.crops, 2, np.zeros_like(held), SIZE)
    left, top = footage.crops.track.top_left_px[2].tolist()
    outside = np.ones_like(true)
    outside[max(int(top) - 2, 0) :, max(int(left) - 2, 0) : int(left + held.shape[1] * 2.5)] = False
    assert not (everything & outside).any()
    assert everything[~outside].any()
