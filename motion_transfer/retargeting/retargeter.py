"""The retargeting stage: the source's motion and the target's scene in, the motion of the target's body out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import ANKLES
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.contacts import sliding_speeds_m_per_s
from motion_transfer.retargeting.shape_swap import leg_length_ratio
from motion_transfer.retargeting.shots import on_every_shot
from motion_transfer.retargeting.skin_contacts import keep_skin_contacts
from motion_transfer.retargeting.state import RetargetingState, RetargetingStep
from motion_transfer.retargeting.target_scene import Retargeted, TargetScene

USUAL_RATIOS = (0.7, 1.4)  # of the legs of two people


@dataclass(frozen=True, slots=True, kw_only=True)
class Retargeter:
    """Runs steps in their order, and measures how well planted feet stand in the result.

    Feet should be planted last, because every other step makes them slide. Contacts of hands come after that.

    Attributes:
        skin_contacts: whether hands that touch the source's body touch the target's, after all steps.
        steps: by name, in the order in which they run; None leaves a step out.
    """

    skin_contacts: bool
    steps: Mapping[str, RetargetingStep | None]

    def __call__(
        self,
        source: BodyMotion,
        source_camera: Camera | None,
        source_body: ShapedBody,
        target: TargetScene,
        shot_starts: tuple[int, ...] = (0,),
    ) -> Retargeted:
        """Give the target the source's motion.

        Args:
            source_camera: None for a motion that no camera saw; its heading in the world is then the source's facing.
            source_body: the source at rest.
            shot_starts: first frame of every shot of the source; the first one is 0.

        Raises:
            ValueError: the motion has no frames.
        """
        if not len(source) or not len(target.motion):
            raise ValueError(
                f"expected motions of one frame or more, got {len(source)} (source) and {len(target.motion)} (target); "
                "give clips that show a person"
            )
        state = RetargetingState(
            source=source,
            source_camera=source_camera,
            source_body=source_body,
            target=target,
            pose=source.pose,
            contacts=source.foot_contacts,
            shot_starts=shot_starts,
        )
        for step in self.steps.values():
            state = state if step is None else step(state)
        return _measured(on_every_shot(keep_skin_contacts, state) if self.skin_contacts else state)


def _measured(state: RetargetingState) -> Retargeted:
    """The motion that the steps arrived at, how fast its planted feet slide, and notes on what is unusual."""
    source, body = state.source, state.target.body
    ankles = body.posed(state.pose).joints_m[:, ANKLES]
    slides = [sliding_speeds_m_per_s(ankles[shot], state.contacts[shot], source.fps) for shot in state.shots()]
    slide = 100 * torch.cat(slides)
    ratio = leg_length_ratio(state.source_body, body)
    notes = state.notes
    if not len(slide):
        notes += ("No foot was found to stand on the ground for two frames.",)
    if not USUAL_RATIOS[0] <= ratio <= USUAL_RATIOS[1]:
        notes += (f"The target's legs are {ratio:.2f} times as long as the source's; check both body shapes.",)
    return Retargeted(
        motion=BodyMotion(
            shape=state.target.motion.shape,
            pose=state.pose,
            fps=source.fps,
            confidence=source.confidence,
            foot_contacts=state.contacts,
        ),
        foot_skate_cm_per_s=float(slide.quantile(0.5)) if len(slide) else math.nan,
        foot_skate_p90_cm_per_s=float(slide.quantile(0.9)) if len(slide) else math.nan,
        leg_length_ratio=ratio,
        notes=notes,
    )
