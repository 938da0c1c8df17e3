"""Steps that filter over time see one shot at a time: over a cut a filter would mix what has nothing to do with it."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TypeVar

import torch

from motion_transfer.domain.body_motion import join_poses
from motion_transfer.retargeting.state import RetargetingState

Owner = TypeVar("Owner")


def shot_by_shot(
    step: Callable[[Owner, RetargetingState], RetargetingState],
) -> Callable[[Owner, RetargetingState], RetargetingState]:
    """Let a step's method run on every shot by itself."""

    @wraps(step)
    def run(owner: Owner, state: RetargetingState) -> RetargetingState:
        return on_every_shot(lambda shot: step(owner, shot), state)

    return run


def on_every_shot(step: Callable[[RetargetingState], RetargetingState], state: RetargetingState) -> RetargetingState:
    """Run a step on every shot by itself; a note that several shots give is told once."""
    if len(state.shot_starts) < 2:
        return step(state)
    shots = [step(state.at(shot)) for shot in state.shots()]
    notes = dict.fromkeys(note for shot in shots for note in shot.notes)
    return replace(
        state,
        pose=join_poses([shot.pose for shot in shots]),
        contacts=torch.cat([shot.contacts for shot in shots]),
        notes=(*state.notes, *notes),
    )
