"""The whole of retargeting: source's motion and target's scene in, the motion on the target's body out."""

import math

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.soles import lowest_sole_m
from motion_transfer.domain.body_motion import BodyMotion, BodyPose
from motion_transfer.domain.camera import Camera
from motion_transfer.geometry.contacts import detect_contacts, sliding_speeds_m_per_s
from motion_transfer.geometry.ground import height_correction_m
from motion_transfer.retargeting.facing import mean_ground_position_m, turn_rad, turned
from motion_transfer.retargeting.placement import place
from motion_transfer.retargeting.planting import ANKLES, plant_feet
from motion_transfer.retargeting.self_collision import resolve_self_collisions
from motion_transfer.retargeting.shape_swap import leg_length_ratio, swap_shape
from motion_transfer.retargeting.target_scene import Retargeted, TargetScene
from motion_transfer.retargeting.trend_filter import filter_trend

FACINGS = ("source", "target")
USUAL_RATIOS = (0.7, 1.4)  # of the legs of two people


class Retargeter:
    """Moves a motion to another body in six steps: shape swap, facing, arms outside, place, ground, planted feet.

    The path may be straightened before it is placed. Feet are planted last, because every step before makes them slide:
    foot contacts are found again on the new body.
    """

    def __init__(
        self,
        *,
        facing: str | float,
        depth_margin_m: float,
        picture_margin: float,
        ground_smoothing_s: float,
        root_smoothing_s: float,
        root_smoothing: float,
        ease_s: float,
        arms_smoothing_s: float,
    ) -> None:
        """Choose the settings.

        Args:
            facing: `source` shows the camera the side of the body that the source's camera saw, `target` makes the mean
                facings equal, a number turns the motion by so many degrees about the vertical, to the camera's right.
            depth_margin_m: how much nearer and farther than the target was seen the path may lead.
            picture_margin: share of the picture's width that stays free at its left and right.
            ground_smoothing_s: width of the filter over the correction of the body's height.
            root_smoothing_s: width of the filter over the shift of the body that helps planted feet.
            root_smoothing: strength by which the path is straightened, in metres at 30 frames a second; 0 for not.
            ease_s: how long before and after a stance the correction of its foot comes and goes.
            arms_smoothing_s: width of the filter over the shifts of arms out of the trunk.

        Raises:
            ValueError: there is no such facing, or a setting is negative.
        """
        if isinstance(facing, str) and facing not in FACINGS:
            raise ValueError(f"expected facing to be source, target or degrees, got {facing!r}; give e.g. facing=90")
        if not isinstance(facing, str) and not math.isfinite(facing):
            raise ValueError(f"expected facing to be a finite number of degrees, got {facing}; give e.g. facing=90")
        if not 0 <= picture_margin < 0.5:
            raise ValueError(f"expected picture_margin in [0, 0.5), got {picture_margin}; give a share such as 0.02")
        for name, setting in (
            ("depth_margin_m", depth_margin_m),
            ("ground_smoothing_s", ground_smoothing_s),
            ("root_smoothing_s", root_smoothing_s),
            ("root_smoothing", root_smoothing),
            ("ease_s", ease_s),
            ("arms_smoothing_s", arms_smoothing_s),
        ):
            if not 0 <= setting < math.inf:
                raise ValueError(f"expected {name} to be zero or more, got {setting}; give a positive number")
        self.facing = facing if isinstance(facing, str) else float(facing)
        self.depth_margin_m = depth_margin_m
        self.picture_margin = picture_margin
        self.ground_smoothing_s = ground_smoothing_s
        self.root_smoothing_s = root_smoothing_s
        self.root_smoothing = root_smoothing
        self.ease_s = ease_s
        self.arms_smoothing_s = arms_smoothing_s

    def __call__(
        self, source: BodyMotion, source_camera: Camera | None, source_body: ShapedBody, target: TargetScene
    ) -> Retargeted:
        """Give the target the source's motion.

        Args:
            source_camera: None for a motion that no camera saw; its heading in the world is then the source's facing.
            source_body: the source at rest.

        Raises:
            ValueError: the motion has no frames.
        """
        if not len(source) or not len(target.motion):
            raise ValueError(
                f"expected motions of one frame or more, got {len(source)} (source) and {len(target.motion)} (target); "
                "give clips that show a person"
            )
        ratio = leg_length_ratio(source_body, target.body)
        turn = turn_rad(self.facing, source, source_camera, target.motion, target.camera)
        pose = turned(swap_shape(source.pose, ratio), turn)
        pose = resolve_self_collisions(pose, target.body, source.fps, smoothing_s=self.arms_smoothing_s)
        path = filter_trend(pose.root_position_m, source.fps, strength=self.root_smoothing)
        pose = BodyPose(parent_from_joint=pose.parent_from_joint, root_position_m=path)
        mean_m = mean_ground_position_m(_with_pose(source, pose))
        pose, notes = place(
            pose, mean_m, target, depth_margin_m=self.depth_margin_m, picture_margin=self.picture_margin
        )
        pose = self._on_the_ground(pose, source, target.body)
        ankles = target.body.posed(pose).joints_m[:, ANKLES]
        contacts = detect_contacts(ankles, source.fps, seeds=source.foot_contacts)
        pose = plant_feet(
            pose, target.body, contacts, source.fps, root_smoothing_s=self.root_smoothing_s, ease_s=self.ease_s
        )
        ankles = target.body.posed(pose).joints_m[:, ANKLES]
        slide = 100 * sliding_speeds_m_per_s(ankles, contacts, source.fps)
        if not len(slide):
            notes += ("No foot was found to stand on the ground for two frames.",)
        if not USUAL_RATIOS[0] <= ratio <= USUAL_RATIOS[1]:
            notes += (f"The target's legs are {ratio:.2f} times as long as the source's; check both body shapes.",)
        return Retargeted(
            motion=BodyMotion(
                shape=target.motion.shape,
                pose=pose,
                fps=source.fps,
                confidence=source.confidence,
                foot_contacts=contacts,
            ),
            foot_skate_cm_per_s=float(slide.quantile(0.5)) if len(slide) else math.nan,
            foot_skate_p90_cm_per_s=float(slide.quantile(0.9)) if len(slide) else math.nan,
            leg_length_ratio=ratio,
            notes=notes,
        )

    def _on_the_ground(self, pose: BodyPose, source: BodyMotion, body: ShapedBody) -> BodyPose:
        lowest = lowest_sole_m(body, body.posed(pose).world_from_rest)
        up = height_correction_m(lowest, source.foot_contacts, source.fps, smoothing_s=self.ground_smoothing_s)
        root = pose.root_position_m.clone()
        root[:, 1] += up
        return BodyPose(parent_from_joint=pose.parent_from_joint, root_position_m=root)


def _with_pose(motion: BodyMotion, pose: BodyPose) -> BodyMotion:
    return BodyMotion(
        shape=motion.shape, pose=pose, fps=motion.fps, confidence=motion.confidence, foot_contacts=motion.foot_contacts
    )
