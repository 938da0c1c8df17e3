"""Motion files and made-up dances -> a library of poses for drawn people, and for the prior of what is natural."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import torch

from motion_transfer.body.model import BodyModel
from motion_transfer.body.skeleton import JOINTS
from motion_transfer.domain.body_motion import BodyShape
from motion_transfer.motion_files.motion_reader import MotionReader
from motion_transfer.synthetic.choreography import ARM_MOVES, FEET_MOVES, dance
from motion_transfer.synthetic.pose_mixing import PoseLibrary

FILE_FPS, DANCE_FPS = Fraction(30), Fraction(5)  # recorded motion is rarer, and so taken more densely
DANCE_S = 20.0
MOST_OF_FILE = 4000  # poses


def gather_poses(model: BodyModel, files: Iterable[Path], *, dances: int, first_seed: int) -> PoseLibrary:
    """The poses of motion files, 30 a second, and of some dances of the mean body.

    Args:
        dances: how many dances of 20 seconds; their moves differ.
        first_seed: of the dances.

    Raises:
        FileNotFoundError: there is no such motion file.
        ValueError: a file holds no motion of a person, or there is neither a file nor a dance.
    """
    reader = MotionReader(fps=FILE_FPS)
    found = [_thinned(reader.open(path).on_body(model).pose.parent_from_joint) for path in files]
    mean = BodyShape(betas=torch.zeros(model.betas), clothing_offset_m=torch.zeros(len(JOINTS)))
    moves = FEET_MOVES + ARM_MOVES
    for seed in range(first_seed, first_seed + dances):
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(moves), generator=generator)[:4].tolist()
        some = tuple(moves[number] for number in chosen)
        made_up = dance(model, mean, seconds=DANCE_S, fps=DANCE_FPS, seed=seed, moves=some)
        found.append(made_up.pose.parent_from_joint)
    if not found:
        raise ValueError("expected motion files or dances to take poses from, got neither; give dances=100 or files")
    return PoseLibrary(parent_from_joint=torch.cat(found).half())


def _thinned(poses: torch.Tensor) -> torch.Tensor:
    return poses[:: -(-len(poses) // MOST_OF_FILE)]
