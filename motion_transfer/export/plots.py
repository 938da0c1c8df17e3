"""Curves of a motion: path from above, foot contacts, confidence, speeds and angles of joints."""

from pathlib import Path

import numpy as np
import roma
import torch
from jaxtyping import Float
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from motion_transfer.body.posing import ShapedBody
from motion_transfer.body.skeleton import SIDES, joint
from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.files.replacing import replacing

SPEEDS, ANGLES = ("wrist", "ankle"), ("elbow", "knee")
INCHES = (11.0, 9.0)


def joint_speeds_m_per_s(motion: BodyMotion, body: ShapedBody, names: tuple[str, ...]) -> Float[np.ndarray, "step _"]:
    """How fast joints move from each frame to the next one."""
    places = body.posed(motion.pose).joints_m[:, [joint(name) for name in names]]
    return ((places[1:] - places[:-1]).norm(dim=-1) * float(motion.fps)).numpy()


def joint_angles_deg(motion: BodyMotion, names: tuple[str, ...]) -> Float[np.ndarray, "frame name"]:
    """By how much joints are turned from their rest."""
    turns = motion.pose.parent_from_joint[:, [joint(name) for name in names]]
    return torch.rad2deg(roma.rotmat_to_rotvec(turns).norm(dim=-1)).numpy()


def plot_motion(motion: BodyMotion, body: ShapedBody, output: Path, shot_starts: tuple[int, ...] = (0,)) -> None:
    """Draw all of them into one picture.

    Args:
        shot_starts: frames before which the footage is cut; no path and no speed leads over a cut.
    """
    cuts = list(shot_starts[1:])
    figure = Figure(figsize=INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    times = np.arange(len(motion)) / float(motion.fps)
    path = motion.pose.root_position_m.numpy()
    broken = np.insert(path, cuts, np.nan, axis=0)
    axes[0, 0].plot(broken[:, 0], broken[:, 2])
    axes[0, 0].plot(path[0, 0], path[0, 2], "o", label="start")
    axes[0, 0].set(title="Path from above", xlabel="to the camera's right, m", ylabel="toward the camera, m")
    axes[0, 0].axis("equal")
    axes[0, 0].invert_yaxis()
    axes[0, 0].legend()
    for row, side in enumerate(SIDES):
        standing = motion.foot_contacts[:, row].numpy()
        axes[0, 1].fill_between(times, 2.2 + row, 2.2 + row + 0.8 * standing, step="mid", label=f"{side} foot stands")
    axes[0, 1].plot(times, motion.confidence.numpy(), color="black", label="confidence")
    axes[0, 1].set(title="Foot contacts and confidence", xlabel="s", yticks=[0, 1])
    axes[0, 1].legend(loc="lower right", ncols=3, fontsize="small")
    speeds = tuple(f"{side}_{part}" for part in SPEEDS for side in SIDES)
    moving = joint_speeds_m_per_s(motion, body, speeds)
    moving[[cut - 1 for cut in cuts]] = np.nan
    for name, curve in zip(speeds, moving.T, strict=True):
        axes[1, 0].plot(times[1:], curve, label=name.replace("_", " "))
    axes[1, 0].set(title="Speeds", xlabel="s", ylabel="m/s")
    angles = tuple(f"{side}_{part}" for part in ANGLES for side in SIDES)
    for name, curve in zip(angles, joint_angles_deg(motion, angles).T, strict=True):
        axes[1, 1].plot(times, curve, label=name.replace("_", " "))
    axes[1, 1].set(title="Turned from rest", xlabel="s", ylabel="degrees")
    for axis in axes[1]:
        axis.legend()
    with replacing(output) as fresh:
        figure.savefig(fresh, format="png")
