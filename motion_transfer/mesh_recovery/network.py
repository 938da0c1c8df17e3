"""The network of HMR (Kanazawa et al. 2018): features of a crop -> pose, shape and camera by iterative error feedback.

Each step reads the features, the estimate so far and how far its landmarks are from those that were seen, so that it
need not learn projection, and adds a correction.

View axes: x right, y up, z toward the viewer, along the axis through the crop's middle; a person who stands upright
and faces the viewer is not turned.

Notation: a crop's half field t is the tangent of half its angle of view; crop units run from -1 to 1 over the crop, x
right and y down. The camera is (log s, x, y): a metre at the pelvis spans s crop units, and the pelvis is seen at
(x, y). Its distance is therefore 1 / (s t).
"""

import roma
import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.value import value
from motion_transfer.mesh_recovery.backbone import FEATURES, EfficientNetLite0
from motion_transfer.mesh_recovery.body_points import BodyPoints, in_crop_units

LANDMARK_FEATURES = 256
CAMERA = 3
LARGEST_LOG_SCALE = 4.0
APART_SCALE, FARTHEST = 4.0, 2.0  # of landmarks' distances, crop units


@value
class Estimate:
    """Bodies that a network sees in crops.

    Attributes:
        parent_from_joint: the pelvis' in view axes.
        camera: log scale, and where the pelvis is seen, crop units.
        log_error: of the mean distance of the joints from the truth, metres, as the network expects it.
    """

    parent_from_joint: Float[Tensor, "crop joint 3 3"]
    betas: Float[Tensor, "crop beta"]
    camera: Float[Tensor, "crop 3"]
    log_error: Float[Tensor, "crop"]

    def root_position_m(self, half_field: Float[Tensor, "crop"]) -> Float[Tensor, "crop 3"]:
        """The pelvis in view axes; the viewer is at the origin."""
        distance_m = torch.exp(-self.camera[:, 0].clamp(-LARGEST_LOG_SCALE, LARGEST_LOG_SCALE)) / half_field
        across_m = self.camera[:, 1:] * (half_field * distance_m)[:, None]
        return torch.stack([across_m[:, 0], -across_m[:, 1], -distance_m], 1)


class MeshRecoveryNetwork(nn.Module):
    """Crops with landmarks -> one estimate after each feedback step.

    Args:
        body: the body's joints and the detector's landmarks on it; it becomes a part of the network.
        hidden: width of the two layers of a feedback step.
        steps: how many feedback steps there are.
        dropout: share of the values of each layer that training leaves out.
    """

    def __init__(self, body: BodyPoints, *, hidden: int = 1024, steps: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        landmarks, self.betas = len(body.anchors), body.rest_directions_m.shape[-1]
        self.landmarks, self.hidden, self.steps = landmarks, hidden, steps
        self.body = body
        self.backbone = EfficientNetLite0()
        self.read_landmarks = nn.Sequential(
            nn.Linear(3 * landmarks, LANDMARK_FEATURES),
            nn.ReLU(),
            nn.Linear(LANDMARK_FEATURES, LANDMARK_FEATURES),
            nn.ReLU(),
        )
        state = len(JOINTS) * 6 + self.betas + CAMERA
        self.feedback = nn.Sequential(
            nn.Linear(FEATURES + LANDMARK_FEATURES + 1 + state + 2 * landmarks, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.correction = nn.Linear(hidden, state)
        self.error = nn.Linear(hidden, 1)
        nn.init.normal_(self.correction.weight, std=1e-3)
        nn.init.zeros_(self.correction.bias)

    def forward(
        self,
        crops: Float[Tensor, "crop 3 height width"],
        landmarks: Float[Tensor, "crop landmark 3"],
        half_field: Float[Tensor, "crop"],
    ) -> list[Estimate]:
        """The estimates after each step; the last one counts.

        Args:
            crops: RGB in [0, 1].
            landmarks: x and y in crop units, and the confidence; all 0 where there is none.
        """
        read = self.read_landmarks((landmarks * (landmarks[..., 2:] > 0)).flatten(1))
        features = torch.cat([self.backbone(crops), read, torch.log(half_field)[:, None]], 1)
        state = self._start(features)
        estimates = [self._estimate(state, state.new_zeros(len(state)))]
        for _ in range(self.steps):
            apart = self._apart(estimates[-1], landmarks, half_field)
            hidden = self.feedback(torch.cat([features, state, apart.flatten(1)], 1))
            state = state + self.correction(hidden).float()
            estimates.append(self._estimate(state, self.error(hidden)[:, 0].float()))
        return estimates[1:]

    def _apart(
        self, estimate: Estimate, landmarks: Float[Tensor, "crop landmark 3"], half_field: Float[Tensor, "crop"]
    ) -> Float[Tensor, "crop landmark 2"]:
        """How far the estimate's landmarks are from those that were seen; 0 for the others."""
        with torch.autocast(landmarks.device.type, enabled=False):
            points = self.body(estimate.parent_from_joint, estimate.betas)[:, len(JOINTS) :]
            at = in_crop_units(points, estimate.root_position_m(half_field), half_field)
        return APART_SCALE * ((landmarks[..., :2] - at) * (landmarks[..., 2:] > 0)).clamp(-FARTHEST, FARTHEST)

    def _start(self, features: Float[Tensor, "crop feature"]) -> Float[Tensor, "crop state"]:
        """The mean body in the T-pose, in the crop's middle."""
        upright = torch.eye(3, device=features.device)[:, :2].flatten().repeat(len(JOINTS))
        return torch.cat([upright, upright.new_zeros(self.betas + CAMERA)]).expand(len(features), -1)

    def _estimate(self, state: Float[Tensor, "crop state"], log_error: Float[Tensor, "crop"]) -> Estimate:
        sixd, betas, camera = state.split([len(JOINTS) * 6, self.betas, CAMERA], 1)
        rotations = roma.special_gramschmidt(sixd.view(-1, len(JOINTS), 3, 2))
        return Estimate(parent_from_joint=rotations, betas=betas, camera=camera, log_error=log_error)
