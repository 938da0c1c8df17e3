"""What is learned of a target once and reused with any source: body, camera, plate, texture, networks."""

from collections.abc import Mapping
from dataclasses import field

from jaxtyping import Float, Int
from torch import Tensor

from motion_transfer.appearance.plate import Plate
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import ShapedBody, shape_body
from motion_transfer.body.skeleton import joint
from motion_transfer.domain.body_motion import BodyMotion, FitQuality
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.quality import HeldOutScores, TrainingRun
from motion_transfer.domain.value import check_within, value
from motion_transfer.geometry.nearest import nearest
from motion_transfer.references.frames import References
from motion_transfer.rendering.map_renderer import MapRenderer
from motion_transfer.rendering.texture import Texture
from motion_transfer.synthesis.generators.conditional import ConditionalGenerator
from motion_transfer.synthesis.refiners.part_refiner import PartRefiner, check_part

VISIBLE_JOINTS = [joint(name) for name in ("pelvis", "left_hip", "right_hip", "left_knee", "right_knee")] + [
    joint(name) for name in ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow")
]

RANGES = {"px_per_pixel": (0.05, 1e3), "resolution": (8, 8192), "reach_px": (0, 1e4)}


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

    Raises:
        ValueError: numbers are out of their range or do not agree.
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

    def __post_init__(self) -> None:
        check_within("a performer", 0, len(self.motion) - 1, training_frames=self.training_frames)
        for name, (low, high) in RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(
                    f"expected {name} from {low:g} to {high:g}, got {getattr(self, name)}; learn the performer again"
                )


@value
class Performer:
    """A learned target.

    Attributes:
        renderer: of the maps that the generator reads.
        references: frames of the footage that it is painted from; None for a generator that paints by itself.
        refiners: of parts of the finished frames, by part; none for a performer without them.

    Raises:
        ValueError: its parts are not those of one performer.
    """

    facts: PerformerFacts
    model: BodyModel
    plate: Plate
    texture: Texture
    generator: ConditionalGenerator
    renderer: MapRenderer
    references: References | None = None
    refiners: Mapping[str, PartRefiner] = field(default_factory=dict)

    def __post_init__(self) -> None:
        camera, (height, width) = self.facts.camera.size, self.plate.known.shape
        joints, expected = self.facts.motion.pose.parent_from_joint.shape[1], len(self.model.joint_regressor)
        if (camera.height, camera.width) != (height, width):
            raise ValueError(
                f"expected a plate of the camera's {camera}, got {width}x{height}; learn the performer again"
            )
        if joints != expected or len(self.facts.motion.shape.betas) != self.model.betas:
            raise ValueError(
                f"expected a motion of the body's {expected} joints, got {joints}; learn the performer again"
            )
        if tuple(self.generator.channels) != tuple(self.renderer.channels):
            raise ValueError(
                f"expected a generator of the maps {', '.join(self.renderer.channels)}, got one of "
                f"{', '.join(self.generator.channels)}; learn the performer again"
            )
        for part, refiner in self.refiners.items():
            check_part(part)
            missing = sorted({*refiner.channels} - {*self.renderer.channels})
            if missing:
                raise ValueError(
                    f"expected a refiner of {part} that reads maps of the generator, got one of {', '.join(missing)}; "
                    "learn the performer again"
                )
        if self.references is not None:
            numbers = self.references.frames.numbers
            check_within("references", 0, len(self.facts.motion) - 1, numbers=numbers)

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
    squared = nearest(pose_features(motion), known).distance.square()
    return (squared / (2 * len(VISIBLE_JOINTS))).sqrt().clamp(max=1)
