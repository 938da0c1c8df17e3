"""The unknowns of the fit and the body that they stand for.

Notation: rotations in 6D (Zhou et al. 2019); the path is an offset in the picture, in person heights, and a log depth,
because the picture shows the one well and the other badly. Rotations and path are changes to a start, as
coefficients of a DCT basis over frames.
"""

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import skinning_transforms
from motion_transfer.domain.camera import Camera
from motion_transfer.domain.mesh_motion import ALL_FRAMES
from motion_transfer.domain.value import value
from motion_transfer.fitting.dct_basis import PerShotDctBasis
from motion_transfer.fitting.initialization import in_front_of_camera
from motion_transfer.fitting.state import FitState


@value
class Unknowns:
    """What the optimizer moves.

    Attributes:
        rotations: DCT coefficients of the change of all joints' 6D rotations.
        path: DCT coefficients of the change of the root: across and down the picture, and log depth.
        ground: height and slope of the ground plane.
    """

    rotations: Float[Tensor, "frequency sixd"]
    path: Float[Tensor, "frequency 3"]
    betas: Float[Tensor, "beta"]
    ground: Float[Tensor, "2"]

    def free(self) -> list[Tensor]:
        """The tensors that are optimized; the others are kept."""
        return [part for part in (self.rotations, self.path, self.betas, self.ground) if part.requires_grad]


@value
class PosedJoints:
    """The body in the world, without its mesh.

    Attributes:
        world_from_rest: of every joint, applied to the body at rest.
    """

    parent_from_joint: Float[Tensor, "frame joint 3 3"]
    root_position_m: Float[Tensor, "frame 3"]
    world_from_rest: Float[Tensor, "frame joint 4 4"]
    joints_m: Float[Tensor, "frame joint 3"]


@value
class Parametrization:
    """Unknowns -> posed joints, as changes to a start.

    Attributes:
        rest_m, rest_directions_m: the joints at rest of the mean body, and how betas move them.
        person_px: the person's height in the picture, the unit of the path's offset.
        start_px, start_depth_m: where the start's root stands in the picture and how far away.
        start_sixd: the start's rotations, their first two columns.
    """

    rest_m: Float[Tensor, "joint 3"]
    rest_directions_m: Float[Tensor, "joint 3 beta"]
    basis: PerShotDctBasis
    camera: Camera
    person_px: Float[Tensor, "frame"]
    start_px: Float[Tensor, "frame 2"]
    start_depth_m: Float[Tensor, "frame"]
    start_sixd: Float[Tensor, "frame joint 3 2"]

    @staticmethod
    def around(
        start: FitState, model: BodyModel, camera: Camera, person_px: Float[Tensor, "frame"], basis: PerShotDctBasis
    ) -> "Parametrization":
        """The parametrization whose zero is a start."""
        start_px, start_depth_m = camera.project(in_front_of_camera(start.root_position_m, camera))
        return Parametrization(
            rest_m=model.joint_regressor @ model.template_m,
            rest_directions_m=torch.einsum("jv,vcb->jcb", model.joint_regressor, model.shape_directions_m),
            basis=basis,
            camera=camera,
            person_px=person_px,
            start_px=start_px,
            start_depth_m=start_depth_m,
            start_sixd=start.parent_from_joint[..., :2],
        )

    def unknowns(self, start: FitState, *, known_person: bool) -> Unknowns:
        """The unknowns of the start.

        Args:
            known_person: keep the start's betas and ground plane.
        """
        frames = len(self.start_px)
        return Unknowns(
            rotations=torch.zeros(frames, self.start_sixd[0].numel(), requires_grad=True),
            path=torch.zeros(frames, 3, requires_grad=True),
            betas=start.betas.clone().requires_grad_(not known_person),
            ground=start.ground.clone().requires_grad_(not known_person),
        )

    def changes(self, unknowns: Unknowns) -> Float[Tensor, "frame change"]:
        """What the unknowns change in each frame: 6D rotations, and the path."""
        return self.basis(torch.cat([unknowns.rotations, unknowns.path], 1))

    def posed(
        self, changes: Float[Tensor, "some change"], betas: Float[Tensor, "beta"], frames: slice = ALL_FRAMES
    ) -> PosedJoints:
        """The body with these changes.

        Args:
            frames: of the clip, that the changes are of.
        """
        sixd, path = changes[:, :-3], changes[:, -3:]
        start = self.start_sixd[frames]
        rotations = roma.special_gramschmidt(start + sixd.view_as(start))
        shifted_px = self.start_px[frames] + path[:, :2] * self.person_px[frames, None]
        root = self.camera.unproject(shifted_px, self.start_depth_m[frames] * torch.exp(path[:, 2]))
        rest = self.rest_m + self.rest_directions_m @ betas
        world_from_rest, joints = skinning_transforms(rest, rotations, root)
        return PosedJoints(
            parent_from_joint=rotations, root_position_m=root, world_from_rest=world_from_rest, joints_m=joints
        )
