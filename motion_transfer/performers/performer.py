"""What is learned of a target once and reused with any source: body, camera, plate, texture, generator."""

from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.appearance.plate import Plate
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion, FitQuality
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.value import value
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthesis.generators.unet import UNetGenerator

SHOWN = [joint(name) for name in ("pelvis", "left_hip", "right_hip", "left_knee", "right_knee")] + [
    joint(name) for name in ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow")
]


@value
class PerformerFacts:
    """What is known of a performer in numbers.

    Attributes:
        motion: the target's own, registered to its pictures.
        taught: the frames of it that taught the generator.
        px_per_pixel, resolution: full-frame pixels per window pixel, and the window's height.
        reach_px: how far from the drawn body the person was seen, in window pixels.
        condition: what the generator reads, smpl or stick.
        steps, seconds, device: of the training.
        psnr, psnr_person, psnr_person_without_held, ssim, flicker, frames: on the frames that chose the checkpoint.
        notes: what did not go as planned.
    """

    motion: BodyMotion
    taught: Int[Tensor, "taught"]
    camera: Camera
    quality: FitQuality
    px_per_pixel: float
    resolution: int
    reach_px: float
    condition: str
    steps: int
    seconds: float
    device: str
    psnr: float
    psnr_person: float
    psnr_person_without_held: float
    ssim: float
    flicker: float
    frames: int
    notes: tuple[str, ...] = ()


@value
class Performer:
    """A learned target."""

    facts: PerformerFacts
    model: BodyModel
    plate: Plate
    texture: Texture
    generator: UNetGenerator

    @property
    def body(self) -> ShapedBody:
        """The target at rest."""
        return shape_body(self.model, self.facts.motion.shape)


def pose_features(motion: BodyMotion) -> Float[Tensor, "frame value"]:
    """Rotations of the joints that show, the pelvis' included: what makes one picture unlike another."""
    return motion.pose.parent_from_joint[:, SHOWN].flatten(1)


def novelty(motion: BodyMotion, facts: PerformerFacts) -> Float[Tensor, "frame"]:
    """How far each pose is from all that was taught: 0 like one of them, 1 as unlike as 60 degrees in every joint."""
    taught = pose_features(facts.motion)[facts.taught]
    asked = pose_features(motion)
    # |R - R'|^2 = 4 (1 - cos angle); 60 degrees in each of the joints gives 2 a joint.
    return ((asked[:, None] - taught).square().sum(-1).amin(1) / (2 * len(SHOWN))).sqrt().clamp(max=1)
