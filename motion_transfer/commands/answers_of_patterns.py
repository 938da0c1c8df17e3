"""The answer of `diagnose` about sharpness: are painted frames made of the same small patterns as filmed ones?"""

import dataclasses

import torch
from omegaconf import DictConfig

from motion_transfer.commands.answers import Answer
from motion_transfer.commands.recall import Recalled
from motion_transfer.evaluation.patches import KERNEL, PatchDistance
from motion_transfer.performers.examination import held_out_places
from motion_transfer.performers.performer import Performer
from motion_transfer.performers.reenactment import reenact
from motion_transfer.synthesis.compositor import Outline
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.two_samples import compare_sets

FEWEST = 16  # patches below which nothing is said


def ask_patterns(
    performer: Performer, recalled: Recalled, alpha_floor: float, asked: DictConfig, draw: torch.Generator
) -> Answer | str:
    """Held-out frames, painted and filmed, as two sets of patches; their contrasts tell blur from noise."""
    patches, lesson = PatchDistance(), recalled.lesson
    outline = Outline(floor=alpha_floor, reach_px=performer.facts.reach_px)
    for seen in reenact(performer.generator, lesson, held_out_places(lesson, performer), outline):
        patches.add(seen.painted, seen.truth, seen.person & ~seen.held)
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
        if found.told_apart
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
