"""Real motion capture of many tools on the body of somebody shorter, in a scene that is too small for its path."""

from pathlib import Path

import pytest
import torch
from tiny_walks import camera_at, shape_of, walk

from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.body.skeleton import ANKLES, joint
from motion_transfer.configuration.compose import compose
from motion_transfer.configuration.parts import make_part
from motion_transfer.geometry.contacts import sliding_speeds_m_per_s
from motion_transfer.motion_files.motion_reader import MotionReader
from motion_transfer.retargeting.target_scene import RetargetingStage, TargetScene

MOCAP = sorted((Path(__file__).resolve().parents[2] / "../shared/mocap").glob("*.bvh"))
BONES = (
    ("pelvis", "neck"),
    *((f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))),
)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("path", MOCAP, ids=lambda path: path.stem)
def test_feet_are_planted_and_the_upper_body_does_what_the_file_says(path: Path, tiny_body: BodyModel) -> None:
    source = MotionReader().open(path).on_body(tiny_body)
    target = walk(tiny_body, shape=shape_of(-4.0, 1.0, 2.0))
    source_body, body = shape_body(tiny_body, source.shape), shape_body(tiny_body, target.shape)
    scene = TargetScene(body=body, motion=target, camera=camera_at())
    stage = make_part(compose("transfer", ["source=x", "facing=source"]).retargeting, "retargeting", RetargetingStage)
    motion = stage(source, None, source_body, scene).motion
    joints = body.posed(motion.pose).joints_m
    slides = 100 * sliding_speeds_m_per_s(joints[:, ANKLES], motion.foot_contacts, motion.fps)
    assert float(slides.quantile(0.99)) < 1
    before = source_body.posed(source.pose).joints_m
    start, end = (torch.tensor([joint(bone[at]) for bone in BONES]) for at in range(2))
    lines = [torch.nn.functional.normalize(one[:, end] - one[:, start], dim=-1) for one in (before, joints)]
    degrees = torch.rad2deg(torch.arccos((lines[0] * lines[1]).sum(-1).clamp(-1, 1)))
    assert float(degrees.mean()) < 5
    assert float(degrees.max()) < 40  # arms leave trunk and thighs
