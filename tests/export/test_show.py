"""A motion can be looked at: a video of the body, a contact sheet and curves."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skeleton_files import write_person
from tiny_walks import walk

from motion_transfer import cli
from motion_transfer.body.model import BodyModel
from motion_transfer.body.posing import shape_body
from motion_transfer.export.plots import joint_angles_deg, joint_speeds_m_per_s, plot_motion
from motion_transfer.files.video_reader import open_video


@pytest.mark.slow
def test_a_motion_file_is_shown_as_a_body_on_a_floor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_person(tmp_path / "a.bvh", frames=6)
    words = [str(source), f"output={tmp_path / 'a.mp4'}", "height_px=96", "body=tiny", f"work_dir={tmp_path / 'work'}"]
    cli.run("show", [*words, "progress=none", "device=cpu"])
    video = open_video(tmp_path / "a.mp4")
    assert len(video) == 6
    frame = next(video.open_frames()).astype(int)
    blue = (frame[..., 2] - frame[..., 0] > 30).nonzero()  # the body's tint
    assert 40 < np.ptp(blue[0]) < 96  # it stands upright, most of the picture high
    assert np.ptp(blue[0]) > np.ptp(blue[1])
    assert abs(blue[1].mean() - 48) < 10
    for name in ("a.sheet.png", "a.plots.png"):
        assert np.ptp(np.array(Image.open(tmp_path / name))) > 100
    assert "Note: Its unit was taken for centimetres" in capsys.readouterr().out


def test_curves_are_those_of_the_body(tiny_body: BodyModel) -> None:
    motion = walk(tiny_body, seconds=1.0)
    body = shape_body(tiny_body, motion.shape)
    joints = body.posed(motion.pose).joints_m.double().numpy()
    expected = np.linalg.norm(joints[11, 20] - joints[10, 20]) * 30
    assert joint_speeds_m_per_s(motion, body, ("left_wrist",))[10, 0] == pytest.approx(expected, rel=1e-4)
    trace = float(np.trace(motion.pose.parent_from_joint[7, 4].numpy()))
    assert joint_angles_deg(motion, ("left_knee",))[7, 0] == pytest.approx(
        np.degrees(np.arccos((trace - 1) / 2)), abs=0.1
    )


@pytest.mark.slow
def test_no_path_and_no_speed_leads_over_a_cut(tiny_body: BodyModel, tmp_path: Path) -> None:
    motion = walk(tiny_body, seconds=1.0)
    path = motion.pose.root_position_m.clone()
    path[15:, 0] += 50.0  # 1500 m/s over the cut
    pose = dataclasses.replace(motion.pose, root_position_m=path)
    jumping, body = dataclasses.replace(motion, pose=pose), shape_body(tiny_body, motion.shape)
    pictures = []
    for shots in ((0,), (0, 15)):
        plot_motion(jumping, body, tmp_path / "a.png", shots)
        pictures.append(np.array(Image.open(tmp_path / "a.png").convert("L")).astype(int))
    assert (np.abs(pictures[0] - pictures[1]) > 60).mean() > 0.005  # the scale of speeds is no longer that of the cut
