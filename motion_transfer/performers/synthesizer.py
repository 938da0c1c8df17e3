"""Stage 5: a motion on the performer's body -> finished frames, in chunks, each from the output before."""

import copy
from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from motion_transfer.body.skeleton import joint
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.value import value
from motion_transfer.performers.performer import Performer, novelty
from motion_transfer.prefetch import prefetch
from motion_transfer.rendering.crop_track import CropTrack, body_boxes, prefiltered, resample, track_crop
from motion_transfer.rendering.map_renderer import make_map_renderer
from motion_transfer.synthesis.compositor import Compositor, Outline, bind, spread_colours, without_haze
from motion_transfer.synthesis.generators.unet import UNetGenerator

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


@value
class _Drawn:
    """One frame as the generator reads it; `face` is -1 beside the body."""

    maps: Float[Tensor, "1 channel tall wide"]
    face: Int[Tensor, "tall wide"]
    feet_m: Float[Tensor, "foot 3"]


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

    def window(self, performer: Performer, motion: BodyMotion) -> CropTrack:
        """Where the person's window goes; as large as the motion needs, at the scale that was learned."""
        posed = performer.body.posed(motion.pose)
        points = torch.cat([posed.joints_m, _crown(posed.joints_m)], 1)
        return track_crop(
            body_boxes(points, performer.facts.camera),
            height=performer.facts.resolution,
            margin=self.margin,
            smoothing_frames=self.smoothing_s * float(motion.fps),
            px_per_pixel=performer.facts.px_per_pixel,
        ).on_whole_pixels()

    def __call__(self, performer: Performer, motion: BodyMotion) -> Iterator[Finished]:
        """Frames in order, at the motion's rate. Rendering, painting and what follows work side by side."""
        window = self.window(performer, motion)
        compositor = Compositor(performer.plate.rgb, performer.facts.camera, self.shadow)
        part_of_face = performer.body.model.part_of_face
        threads = torch.get_num_threads()
        drawn = prefetch(self._drawn(performer, motion, window), depth=2 * self.chunk, threads=threads)
        # Half of the cores: the rest draws and encodes meanwhile.
        painted = prefetch(self._painted(performer, motion, window, drawn), depth=2, threads=max(1, threads // 2))
        for frame, (seen, rgb, alpha) in enumerate(painted):
            part = part_of_face[seen.face.clamp(min=0)]
            yield Finished(
                rgb=compositor(rgb, alpha, window, frame, seen.feet_m),
                alpha=alpha,
                part=torch.where(seen.face >= 0, part, -1).numpy(),
            )

    @torch.no_grad()
    def _drawn(self, performer: Performer, motion: BodyMotion, window: CropTrack) -> Iterator[_Drawn]:
        facts, body = performer.facts, performer.body
        renderer = make_map_renderer(facts.condition, performer.model)
        for start in range(0, len(motion), self.chunk):
            chunk = range(start, min(start + self.chunk, len(motion)))
            posed = body.posed(motion.pose[chunk.start : chunk.stop])
            affine = torch.from_numpy(np.stack([window.window_from_frame(frame) for frame in chunk])).float()
            maps, fragments = renderer(posed, performer.texture, motion.shape.betas, facts.camera, affine, window.size)
            feet = _feet(posed.joints_m, lowest_sole_m(body, posed.world_from_rest))
            for row in range(len(chunk)):
                yield _Drawn(maps=maps.values[row : row + 1], face=fragments.face[row], feet_m=feet[row])

    @torch.no_grad()
    def _painted(
        self, performer: Performer, motion: BodyMotion, window: CropTrack, drawn: Iterator[_Drawn]
    ) -> Iterator[tuple[_Drawn, np.ndarray, np.ndarray]]:
        """Each frame as drawn, its colours in [0, 255] and its alpha, in the window."""
        facts = performer.facts
        generator = _for_use(performer.generator, self.device)
        plate = prefiltered(performer.plate.rgb, window.px_per_pixel)
        trust = self._trust(motion, performer)
        outline = Outline(floor=self.alpha_floor, reach_px=facts.reach_px)
        previous: Tensor | None = None
        for frame, seen in enumerate(drawn):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=_bfloat16(self.device)):
                painted = generator(seen.maps.to(self.device), previous, trust[frame : frame + 1].to(self.device))
            alpha, rgb, covered = painted.alpha.cpu(), painted.rgb.cpu(), seen.face[None] >= 0
            if facts.condition == "stick":
                alpha = without_haze(alpha)
            else:
                alpha, rgb = bind(alpha, covered, outline), spread_colours(rgb, covered, trust[frame : frame + 1])
            behind = resample(plate, window.window_from_frame(frame), window.size)
            behind = torch.from_numpy(behind).permute(2, 0, 1)[None].float() / 127.5 - 1
            previous = (alpha * rgb + (1 - alpha) * behind).to(self.device)
            yield seen, ((rgb[0].permute(1, 2, 0) + 1) * 127.5).numpy(), alpha[0, 0].numpy()

    def _trust(self, motion: BodyMotion, performer: Performer) -> Float[Tensor, "frame"]:
        strange = ((novelty(motion, performer.facts) - FAMILIAR) / (STRANGE - FAMILIAR)).clamp(0, 1)
        return 1 - (1 - self.least_trust) * strange


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


def _for_use(generator: UNetGenerator, device: torch.device) -> UNetGenerator:
    """A copy whose convolutions have the precision that they compute in, so that no frame converts them again."""
    ready = copy.deepcopy(generator).to(device)
    if _bfloat16(device):
        for module in ready.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.bfloat16()
    return ready


def _bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())
