"""Stick figures: the 2D condition of Everybody Dance Now (Chan et al. 2019), from the projected 3D joints."""

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.body.anchors import Anchors, landmark_anchors
from motion_transfer.body.fingers import BONES, DIGITS
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody
from motion_transfer.body.skeleton import HANDS, JOINTS, PARENTS, SIDES
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.conditioning import ConditioningMaps
from motion_transfer.domain.video import ImageSize
from motion_transfer.rendering.crop_track import project_to_window
from motion_transfer.rendering.rasterizer import Fragments, rasterize
from motion_transfer.rendering.texture import Texture

STICK_CHANNELS = ("stick_r", "stick_g", "stick_b")
FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "mouth_left", "mouth_right")
LINE_WIDTH = 0.012  # of the picture's height
DARKEST_DOT, DOT_STEP = 120, 15  # grey levels of the dots on the face, by which they can be told apart
FARTHEST = 2**20  # in OpenCV's subpixels, that its line drawing can still hold
_SUBPIXEL_BITS = 4


class StickMapRenderer:
    """Draws the stick figure alone; the texture is not shown.

    Args:
        model: the body model of the people to draw.
    """

    hands = False  # whether fingers are drawn

    def __init__(self, model: BodyModel) -> None:
        self.channels = STICK_CHANNELS
        self._face = landmark_anchors(model, FACE)

    def __call__(
        self,
        body: PosedBody,
        texture: Texture,
        betas: Float[Tensor, "beta"],
        camera: Camera,
        window_from_frame: Float[Tensor, "frame 2 3"],
        size: ImageSize,
    ) -> tuple[ConditioningMaps, Fragments]:
        """Render a chunk of frames; the arguments are those of `MapRenderer`."""
        pixels, depth = project_to_window(body.vertices_m(), camera, window_from_frame)
        fragments = rasterize(pixels, depth, body.shaped.model.faces, size)
        stick = stick_map(body, self._face, betas, camera, window_from_frame, size, hands=self.hands)
        return ConditioningMaps(values=stick, channels=self.channels), fragments


class StickHandsMapRenderer(StickMapRenderer):
    """Draws the stick figure with its hands, as Everybody Dance Now does; a body without finger joints has none."""

    hands = True


def stick_map(
    body: PosedBody,
    face: Anchors,
    betas: Float[Tensor, "beta"],
    camera: Camera,
    window_from_frame: Float[Tensor, "frame 2 3"],
    size: ImageSize,
    *,
    hands: bool = False,
) -> Float[Tensor, "frame 3 height width"]:
    """Stick figures in each frame's window, colours in [0, 1]; `face` are the model's points that become dots."""
    joints, _ = project_to_window(body.joints_m, camera, window_from_frame)
    dots, _ = project_to_window(face.posed(betas, body.world_from_rest), camera, window_from_frame)
    frames = zip(joints.cpu().double().numpy(), dots.cpu().double().numpy(), strict=True)
    pictures = [draw_stick_figure(joints_px, face_px, size) for joints_px, face_px in frames]
    fingers_m = body.finger_joints_m() if hands else None
    if fingers_m is not None:
        fingers, _ = project_to_window(fingers_m, camera, window_from_frame)
        for picture, fingers_px, joints_px in zip(pictures, fingers, joints, strict=True):
            draw_hands(picture, fingers_px.cpu().double().numpy(), joints_px.cpu().double().numpy()[list(HANDS)])
    drawn = np.stack(pictures)
    return torch.from_numpy(drawn).to(joints.device).permute(0, 3, 1, 2) / 255.0


def draw_stick_figure(
    joints_px: Float[np.ndarray, "joint 2"], face_px: Float[np.ndarray, "point 2"], size: ImageSize
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw limbs between joints and dots on the face over black. Pixel centres at +0.5."""
    picture = np.zeros((size.height, size.width, 3), np.uint8)
    width = max(1, round(LINE_WIDTH * size.height))
    points = _subpixels(joints_px)
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            start, stop = points[parent].tolist(), points[joint].tolist()
            cv2.line(picture, start, stop, COLOURS[joint], width, cv2.LINE_AA, _SUBPIXEL_BITS)
    radius = width * 2**_SUBPIXEL_BITS // 2
    for index, (x, y) in enumerate(_subpixels(face_px)):
        grey = DARKEST_DOT + DOT_STEP * index
        cv2.circle(picture, (int(x), int(y)), radius, (grey, grey, grey), -1, cv2.LINE_AA, _SUBPIXEL_BITS)
    return picture


def draw_hands(
    picture: UInt8[np.ndarray, "height width 3"],
    fingers_px: Float[np.ndarray, "finger 2"],
    hands_px: Float[np.ndarray, "hand 2"],
) -> None:
    """Draw thin lines from each hand along its digits, each digit in a colour of its own, into the picture."""
    width = max(1, round(LINE_WIDTH * picture.shape[0] / 3))
    digits = fingers_px.reshape(len(SIDES), len(DIGITS), BONES, 2)
    for hand_px, of_hand in zip(hands_px, digits, strict=True):
        for number, digit_px in enumerate(of_hand):
            line = _subpixels(np.concatenate([hand_px[None], digit_px])).reshape(-1, 1, 2)
            cv2.polylines(picture, [line], False, DIGIT_COLOURS[number], width, cv2.LINE_AA, _SUBPIXEL_BITS)


def _subpixels(points_px: Float[np.ndarray, "point 2"]) -> np.ndarray:
    return np.clip((points_px - 0.5) * 2**_SUBPIXEL_BITS, -FARTHEST, FARTHEST).astype(np.int32)


def _hues(count: int) -> list[tuple[int, int, int]]:
    """Well separated hues, one for each limb or digit."""
    hues = (np.arange(count) * 180 / count).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 255), np.full_like(hues, 255)], -1)[None]
    return [(int(r), int(g), int(b)) for r, g, b in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]]


COLOURS, DIGIT_COLOURS = _hues(len(JOINTS)), _hues(len(DIGITS))
