"""Pairs that a refiner is trained or judged on: squares as a performer paints them, and the same squares as filmed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from motion_transfer.domain.video import Video
from motion_transfer.evaluation.metrics import mean_psnr, psnr
from motion_transfer.evaluation.patches import PatchDistance
from motion_transfer.files.records import load_record, save_record
from motion_transfer.performers.part_windows import PartWindow, PartWindows, part_channels
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.self_reenactment import ScoredFrame, self_reenact
from motion_transfer.performers.synthesizer import Synthesizer
from motion_transfer.registration.footage import RegisteredFootage
from motion_transfer.synthesis.refiners.pairs import Pairs, as_pictures
from motion_transfer.synthesis.refiners.part_refiner import PartRefiner
from motion_transfer.synthesis.rollout import ready_for_use, refine
from motion_transfer.synthesis.validation import RefinerScores

INSIDE = 250  # of 255: a pixel that is sampled from inside the frame alone
HALF = 127
SHOWN = 8  # of the squares, as pictures
LEAST = 2  # pairs


def paint_pairs(
    performer: Performer,
    footage: RegisteredFootage,
    video: Video,
    indices: Sequence[int],
    synthesizer: Synthesizer,
    side_px: Mapping[str, int],
) -> dict[str, list[Pairs]]:
    """Paint the frames of some crops, and cut the squares of each part out of them and out of the filmed frames.

    Args:
        performer: without refiners.
        video: that the footage was registered from.
        indices: of the footage's crops, ascending.
        side_px: of the squares, by part.
    """
    motion, channels = footage.motion_at(list(indices)), part_channels(tuple(performer.renderer.channels))
    windows = {part: PartWindows(performer, motion, part, side, channels) for part, side in side_px.items()}
    found: dict[str, list[Pairs]] = {part: [] for part in side_px}
    for number, frame in enumerate(self_reenact(performer, footage, video, indices, synthesizer)):
        for part, squares in windows.items():
            found[part] += [_pair(window, frame) for window in squares.at(number)]
    return found


def joined(pairs: Sequence[Pairs]) -> Pairs | None:
    """All pairs as one value; None where there are too few to learn from."""
    if sum(map(len, pairs)) < LEAST:
        return None
    names = ("painted", "filmed", "condition", "person", "valid")
    return Pairs(**{name: torch.cat([getattr(one, name) for one in pairs]) for name in names})


def kept_pairs(path: Path) -> Pairs | None:
    """Pairs that an earlier run left; None where it did not come so far."""
    return load_record(path, Pairs) if path.is_file() else None


def keep_pairs(path: Path, pairs: Pairs) -> None:
    """Keep pairs for a run that goes on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_record(path, pairs)


class HeldOutSquares:
    """Scores a refiner on the squares of held-out frames, as it will be used; None leaves them as they were painted."""

    def __init__(self, pairs: Pairs, device: torch.device) -> None:
        self.pairs, self.device = pairs, device

    def __call__(self, refiner: PartRefiner | None) -> RefinerScores:
        """Refine the squares, and compare them with the filmed ones."""
        painted = self.pairs.painted.float() / 127.5 - 1
        if refiner is not None:
            ready = ready_for_use(refiner, self.device)
            conditions = self.pairs.condition.float()
            rows = zip(painted.split(1), conditions.split(1), strict=True)
            added = [refine(ready, picture, condition, self.device) for picture, condition in rows]
            painted = painted + torch.cat(added)
        whole, person, patches, pictures = [], [], PatchDistance(), []
        filmed = self.pairs.filmed.permute(0, 2, 3, 1).numpy()
        for row, picture in enumerate(as_pictures(painted)):
            truth, valid = filmed[row], self.pairs.valid[row, 0].numpy()
            seen = self.pairs.person[row, 0].numpy() & valid
            whole.append(psnr(picture, truth, valid))
            person.append(psnr(picture, truth, seen))
            patches.add(picture, truth, seen)
            pictures += [picture, truth] if len(pictures) < 2 * SHOWN else []
        return RefinerScores(
            psnr=mean_psnr(whole),
            psnr_person=mean_psnr(person),
            patch_mmd=patches.value(),
            pictures=np.stack(pictures),
        )


def _pair(window: PartWindow, frame: ScoredFrame) -> Pairs:
    painted, filmed = (
        torch.from_numpy(window.cut(picture)).permute(2, 0, 1)[None] for picture in (frame.painted, frame.truth)
    )
    person, held = (window.cut(mask.astype(np.uint8) * 255) for mask in (frame.person, frame.held))
    inside = window.cut(np.full(frame.held.shape, 255, np.uint8))
    return Pairs(
        painted=painted,
        filmed=filmed,
        condition=window.condition.half(),
        person=torch.from_numpy(person > HALF)[None, None],
        valid=torch.from_numpy((inside > INSIDE) & (held <= HALF))[None, None],
    )
