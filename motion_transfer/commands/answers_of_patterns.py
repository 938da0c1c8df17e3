"""The answer of `diagnose` about sharpness: are painted frames made of the same small patterns as filmed ones?"""

import dataclasses

import torch
from omegaconf import DictConfig

from motion_transfer.commands.answers import Answer
from motion_transfer.evaluation.patches import KERNEL, PatchDistance
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.two_samples import compare_sets

FEWEST = 16  # patches below which nothing is said


def ask_patterns(patches: PatchDistance, asked: DictConfig, draw: torch.Generator) -> Answer | str:
    """Held-out frames, painted and filmed, as two sets of patches; their contrasts tell blur from noise.

    Args:
        patches: of the held-out frames.
    """
    if patches.count < FEWEST:
        return "Its held-out frames show too little of the person to compare small patterns."
    painted, true = patches.sets()
    found = compare_sets(
        painted,
        true,
        bandwidths=KERNEL.bandwidths,
        tested=asked.tested,
        permutations=asked.permutations,
        generator=draw,
    )
    contrast = float(painted.std(1).mean() / true.std(1).mean().clamp(min=1e-6))
    verdict = (
        f"can be told from filmed ones by their small patterns (p = {found.p_value:.2g}); they have "
        f"{100 * contrast:.0f} % of the footage's contrast"
        if found.distinguishable
        else f"cannot be told from filmed ones by their small patterns (p = {found.p_value:.2g})"
    )
    return Answer(
        name="patterns",
        sentence=f"Painted held-out frames {verdict}.",
        numbers={**dataclasses.asdict(found), "patches": len(true), "contrast": contrast},
        figure=line_figure(
            [
                Curve(name="painted from filmed", x=list(found.bandwidths), y=list(found.distances)),
                Curve(name="filmed from filmed", x=list(found.bandwidths), y=list(found.usual)),
            ],
            title="Distance between sets of patches",
            x_label="bandwidth of the kernel: 0.1 sees cloth, 0.8 edges",
            y_label="maximum mean discrepancy",
        ),
    )
