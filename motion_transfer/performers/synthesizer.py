"""Stage 5: a motion on the performer's body -> finished frames, in chunks, each from the output before."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.performers.performer import Performer, novelty
from motion_transfer.rendering.maps import make_map_renderer
from motion_transfer.rendering.rasterizer import Raster
from motion_transfer.rendering.window import WindowPath, body_boxes, crop, follow
from motion_transfer.synthesis.compositor import Compositor, Outline, bind, without_haze

FAMILIAR, STRANGE = 0.35, 0.75  # novelty up to which the network is trusted fully, and from which it is least


@value
class Finished:
    """One frame with what scoring needs of it.

    Attributes:
        alpha, part: in the window; part is -1 beside the body.
    """

    rgb: UInt8[np.ndarray, "height width 3"]
    alpha: Float[np.ndarray, "tall wide"]
    part: np.ndarray


class Synthesizer:
    """Paints a performer.

    Args:
        chunk: frames whose maps are rendered at once.
        margin: free space around the body in the window, as a share of its height.
        smoothing_s: of the window's path.
        alpha_floor: least alpha well inside the body.
        least_trust: share of the network's own colours that stays in poses far from anything seen.
        shadow: strength of the contact shadow.
    """

    def __init__(
        self,
        device: str,
        chunk: int,
        margin: float,
        smoothing_s: float,
        alpha_floor: float,
        least_trust: float,
        shadow: float,
    ) -> None:
        self.device, self.chunk, self.margin, self.smoothing_s = torch.device(device), chunk, margin, smoothing_s
        self.alpha_floor, self.least_trust, self.shadow = alpha_floor, least_trust, shadow

    def window(self, performer: Performer, motion: BodyMotion) -> WindowPath:
        """Where the person's window goes; as large as the motion needs, at the scale that was learned."""
        posed = performer.body.posed(motion.pose)
        points = torch.cat([posed.joints_m, _crown(posed.joints_m)], 1)
        return follow(
            body_boxes(points, performer.facts.camera),
            height=performer.facts.resolution,
            margin=self.margin,
            smoothing_frames=self.smoothing_s * float(motion.fps),
            px_per_pixel=performer.facts.px_per_pixel,
        )

    @torch.no_grad()
    def __call__(self, performer: Performer, motion: BodyMotion) -> Iterator[Finished]:
        """Frames in order, at the motion's rate."""
        facts, body = performer.facts, performer.body
        window = self.window(performer, motion)
        generator = performer.generator.to(self.device)
        renderer = make_map_renderer("stick" if facts.condition == "stick" else "smpl", body.posed(motion.pose[:1]))
        compositor = Compositor(performer.plate.rgb, facts.camera, self.shadow)
        trust = self._trust(motion, performer)
        plates = _PlateWindows(performer.plate.rgb, window)
        outline = Outline(floor=self.alpha_floor, reach_px=facts.reach_px)
        previous: Tensor | None = None
        part_of_face = body.model.part_of_face
        for start in range(0, len(motion), self.chunk):
            chunk = slice(start, min(start + self.chunk, len(motion)))
            posed = body.posed(motion.pose[chunk])
            affine = torch.from_numpy(np.stack([window.window_from_frame(f) for f in _numbers(chunk)])).float()
            maps, raster = renderer(posed, performer.texture, motion.shape.betas, facts.camera, affine, window.size)
            feet = _feet(posed.joints_m, lowest_sole_m(body, posed.world_from_rest))
            for row, frame in enumerate(_numbers(chunk)):
                with torch.autocast(self.device.type, torch.bfloat16, enabled=_bfloat16(self.device)):
                    painted = generator(
                        maps.values[row : row + 1].to(self.device), previous, trust[frame : frame + 1].to(self.device)
                    )
                alpha = painted.alpha.cpu()
                if facts.condition == "stick":
                    alpha = without_haze(alpha)
                else:
                    alpha = bind(alpha, raster.covered[row : row + 1], outline)
                rgb = painted.rgb.cpu()
                previous = (alpha * rgb + (1 - alpha) * plates(frame)).to(self.device)
                shown = ((rgb[0].permute(1, 2, 0) + 1) * 127.5).numpy()
                yield Finished(
                    rgb=compositor(shown, alpha[0, 0].numpy(), window, frame, feet[row]),
                    alpha=alpha[0, 0].numpy(),
                    part=_parts(raster, row, part_of_face),
                )

    def _trust(self, motion: BodyMotion, performer: Performer) -> Float[Tensor, "frame"]:
        strange = ((novelty(motion, performer.facts) - FAMILIAR) / (STRANGE - FAMILIAR)).clamp(0, 1)
        return 1 - (1 - self.least_trust) * strange


class _PlateWindows:
    """The background in each frame's window, colours in [-1, 1]."""

    def __init__(self, plate: np.ndarray, window: WindowPath) -> None:
        self.plate, self.window = plate, window

    def __call__(self, frame: int) -> Float[Tensor, "1 3 tall wide"]:
        picture = crop(self.plate, self.window.window_from_frame(frame), self.window.size)
        return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1


def _parts(raster: Raster, row: int, part_of_face: Tensor) -> np.ndarray:
    face = raster.face[row]
    return torch.where(face >= 0, part_of_face[face.clamp(min=0)], -1).numpy()


def _feet(joints_m: Tensor, lowest_m: Float[Tensor, "frame 2"]) -> Float[Tensor, "frame foot 3"]:
    """Middles of the soles."""
    ankles = joints_m[:, [joint("left_ankle"), joint("right_ankle")]]
    toes = joints_m[:, [joint("left_foot"), joint("right_foot")]]
    middle = (ankles + toes) / 2
    return torch.stack([middle[..., 0], lowest_m.clamp(min=0), middle[..., 2]], -1)


def _crown(joints_m: Tensor) -> Float[Tensor, "frame 1 3"]:
    """About the top of the head: as far above the head joint again as that is above the neck."""
    head, neck = joints_m[:, joint("head")], joints_m[:, joint("neck")]
    return (head + 1.8 * (head - neck))[:, None]


def _numbers(chunk: slice) -> range:
    return range(chunk.start, chunk.stop)


def _bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())
