"""RegisteredFootage: a clip of a person with all that registration found out, which a performer is learned from."""

import numpy as np
from jaxtyping import Bool

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import PosedBody, ShapedBody, shape_body
from motion_transfer.domain.body_motion import BodyMotion, Capture
from motion_transfer.domain.value import value
from motion_transfer.registration.crops import Crops
from motion_transfer.rendering.texture import Texture


@value
class RegisteredFootage:
    """Crops of a clip, and the body and texture that agree with them.

    Attributes:
        trusted: pixels of the crops that show body or background, and nothing that the person holds.
        capture: of every frame of the clip, registered.
        digest: under which the footage is stored; part of the key of what is learned from it.
    """

    crops: Crops
    trusted: Bool[np.ndarray, "frame height width"]
    texture: Texture
    capture: Capture
    model: BodyModel
    digest: str

    @property
    def body(self) -> ShapedBody:
        """The person at rest."""
        return shape_body(self.model, self.capture.motion.shape)

    def motion_at(self, indices: list[int]) -> BodyMotion:
        """The registered motion in the frames of some crops, one after the other."""
        return self.capture.motion.at([self.crops.frames[index] for index in indices])

    def usable(self) -> list[int]:
        """Indices of the crops that show the person."""
        return usable_crops(self.capture, self.crops)


def usable_crops(capture: Capture, crops: Crops) -> list[int]:
    """Indices of the crops whose frames show the person."""
    seen = capture.motion.seen
    return [i for i, frame in enumerate(crops.frames) if seen[frame]]


def posed_in(capture: Capture, body: ShapedBody, frame: int) -> PosedBody:
    """The body in one frame of a clip, with fingers at rest."""
    return body.posed(capture.motion.pose[frame : frame + 1], fingers=False)
