"""What is learned of a target once and reused with any source: body, camera, plate, texture, generator."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.appearance.plate import Plate
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion, FitQuality
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.quality import HeldOutScores, TrainingRun
from motion_transfer.domain.value import value
from motion_transfer.references.frames import References
from motion_transfer.rendering.map_renderer import MapRenderer
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator

VISIBLE_JOINTS = [joint(name) for name in ("pelvis", "left_hip", "right_hip", "left_knee", "right_knee")] + [
    joint(name) for name in ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow")
]


@value
class PerformerFacts:
    """What is known of a performer in numbers.

    Attributes:
        motion: the target's own, registered to its pictures.
        training_frames: the frames of it that the generator was trained on.
        px_per_pixel, resolution: full-frame pixels per crop pixel, and the crop's height.
        reach_px: how far beyond the rendered body the person was seen, in crop pixels.
        conditioning: which maps the generator reads, the name of their renderer.
        fallbacks: what did not go as planned.
    """

    motion: BodyMotion
    training_frames: Int[Tensor, "training_frame"]
    camera: Camera
    quality: FitQuality
    px_per_pixel: float
    resolution: int
    reach_px: float
    conditioning: str
    training: TrainingRun
    held_out: HeldOutScores
    fallbacks: tuple[str, ...] = ()


@value
class Performer:
    """A learned target.

    Attributes:
        renderer: of the maps that the generator reads.
        references: frames of the footage that it is painted from; None for a generator that paints by itself.
    """

    facts: PerformerFacts
    model: BodyModel
    plate: Plate
    texture: Texture
    generator: ConditionalGenerator
    renderer: MapRenderer
    references: References | None = None

    @property
    def body(self) -> ShapedBody:
        """The target at rest."""
        return shape_body(self.model, self.facts.motion.shape)


def pose_features(motion: BodyMotion) -> Float[Tensor, "frame feature"]:
    """Rotations of the joints that show, the pelvis' included: what makes one picture unlike another."""
    return motion.pose.parent_from_joint[:, VISIBLE_JOINTS].flatten(1)


def novelty(motion: BodyMotion, facts: PerformerFacts) -> Float[Tensor, "frame"]:
    """How far each pose is from all that were trained on: 0 like one of them, 1 if 60 degrees off in every joint."""
    known = pose_features(facts.motion)[facts.training_frames]
    # |R - R'|^2 = 4 (1 - cos angle); 60 degrees in each of the joints gives 2 per joint.
    squared = torch.cdist(pose_features(motion), known, compute_mode="donot_use_mm_for_euclid_dist").amin(1).square()
    return (squared / (2 * len(VISIBLE_JOINTS))).sqrt().clamp(max=1)
