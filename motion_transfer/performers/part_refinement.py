"""The last step of rendering: refiners add detail to the head and the hands of finished frames."""

from collections.abc import Iterator

import torch

from motion_transfer.domain.body_motion import BodyMotion
from motion_transfer.domain.video import Frame
from motion_transfer.performers.part_windows import PartWindows
from motion_transfer.performers.performer import Performer
from motion_transfer.synthesis.rollout import ready_for_use, refine


def refined(performer: Performer, motion: BodyMotion, frames: Iterator[Frame], device: torch.device) -> Iterator[Frame]:
    """Finished frames in order, with what the performer's refiners add to each.

    All squares of a frame show it as it was painted, also where they overlap.
    """
    parts = [
        (ready_for_use(network, device), PartWindows(performer, motion, part, network.side_px, network.channels))
        for part, network in performer.refiners.items()
    ]
    for number, painted in enumerate(frames):
        finished = painted.copy()
        for network, windows in parts:
            for window in windows.at(number):
                residual = refine(network, window.colours(painted), window.condition, device)
                window.add(finished, residual)
        yield finished
