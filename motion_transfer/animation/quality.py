"""How well a character follows: the match, sliding feet of its mesh, and triangles that turned over."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion_transfer.body.skeleton import ANKLES, KNEES
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.geometry.contacts import sliding_speeds_m_per_s
from motion_transfer.geometry.mixtures import exact_mixture
from motion_transfer.retargeting.deformation.matching import MatchedCharacter
from motion_transfer.retargeting.target_scene import Retargeted

RING = 0.2  # least skinning weight of both knee and ankle around the ankle


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationQuality:
    """Figures of an animation.

    Attributes:
        fit_distance, distance, distortion: of the match, as in `MatchedCharacter`.
        foot_skate_cm_per_s: median horizontal speed of the mesh's planted ankles, each mixed from the vertices around
            it; NaN where none is planted.
        foot_skate_p90_cm_per_s: its 90th percentile.
        leg_length_ratio: of the character's legs over the source's.
        flipped_faces: the most triangles that face away from where they should in any frame that was looked at.
        flipped_share: that number over all triangles.
    """

    fit_distance: float
    distance: float
    distortion: float
    foot_skate_cm_per_s: float
    foot_skate_p90_cm_per_s: float
    leg_length_ratio: float
    flipped_faces: int
    flipped_share: float


class FootTrack:
    """Follows the mesh's ankles through the frames that it is shown."""

    def __init__(self, matched: MatchedCharacter, motion: BodyMotion) -> None:
        self._matched, self._motion = matched, motion
        self._mixtures = ankle_mixtures(matched)
        self._ankles: list[Float[Tensor, "frame 2 3"]] = []

    def add(self, surface_m: Float[Tensor, "frame vertex 3"]) -> None:
        """Follow some more frames."""
        self._ankles.append(torch.einsum("av,fvc->fac", self._mixtures, surface_m))

    def quality(self, retargeted: Retargeted, flipped: np.ndarray, faces: int) -> AnimationQuality:
        """All figures."""
        slide = sliding_speeds_m_per_s(torch.cat(self._ankles), self._motion.foot_contacts, self._motion.fps)
        slide = 100 * slide[torch.isfinite(slide)]
        median, high = (float(slide.quantile(q)) if len(slide) else float("nan") for q in (0.5, 0.9))
        return AnimationQuality(
            fit_distance=self._matched.fit_distance,
            distance=self._matched.distance,
            distortion=self._matched.distortion,
            foot_skate_cm_per_s=median,
            foot_skate_p90_cm_per_s=high,
            leg_length_ratio=retargeted.leg_length_ratio,
            flipped_faces=int(flipped.max()),
            flipped_share=float(flipped.max() / faces),
        )


def ankle_mixtures(matched: MatchedCharacter) -> Float[Tensor, "2 vertex"]:
    """Each ankle joint as a mixture of the mesh's vertices around it; NaN where the mesh has no such foot.

    The middle of these vertices would not do: it lies beside the joint, and moves when the shank leans over a foot that
    stands still.
    """
    vertices = torch.tensor(matched.rest.vertices_m, dtype=torch.float32)
    joints = matched.body.posed(matched.stance).joints_m[0, ANKLES]
    mixtures = torch.zeros(2, len(vertices))
    for row, ring, joint in zip(mixtures, ankle_rings(matched), joints, strict=True):
        row[ring] = exact_mixture(vertices[ring], joint)
        row += 0.0 if ring.sum() > 3 else torch.nan
    return mixtures


def ankle_rings(matched: MatchedCharacter) -> list[Bool[Tensor, "vertex"]]:
    """The mesh's vertices around each ankle."""
    weights = matched.body.model.weights.cpu().numpy()
    corners = matched.reference.faces[matched.at.face]
    rings = []
    for knee, ankle in zip(KNEES, ANKLES, strict=True):
        of_vertex = [(weights[corners, joint] * matched.at.barycentric).sum(1) for joint in (knee, ankle)]
        rings.append(torch.from_numpy((of_vertex[0] > RING) & (of_vertex[1] > RING)))
    return rings
