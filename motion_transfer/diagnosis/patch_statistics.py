"""Two-sample test of patches: do painted held-out frames consist of the same small patterns as filmed ones?"""

import dataclasses

import torch

from motion_transfer.evaluation.patches import KERNEL, PatchDistance
from motion_transfer.training.diagnostics.diagnostic import Diagnostic
from motion_transfer.training.diagnostics.figures import Curve, line_figure
from motion_transfer.training.diagnostics.two_samples import compare_sets

FEWEST = 16  # patches below which the test means nothing


def measure_patch_statistics(
    patches: PatchDistance, *, tested: int, permutations: int, draw: torch.Generator
) -> Diagnostic | str:
    """Compare the sets of painted and of filmed patches; the ratio of their contrasts distinguishes blur from noise.

    Args:
        patches: of the person in held-out frames.
        tested: patches of each set in the permutation test.
        draw: on the CPU.

    Returns:
        The diagnostic, or why there is none.
    """
    if patches.count < FEWEST:
        return "Its held-out frames show too little of the person to compare small patterns."
    painted, true = patches.sets()
    found = compare_sets(
        painted, true, bandwidths=KERNEL.bandwidths, tested=tested, permutations=permutations, generator=draw
    )
    contrast = float(painted.std(1).mean() / true.std(1).mean().clamp(min=1e-6))
    verdict = (
        f"can be distinguished from filmed ones by their small patterns (p = {found.p_value:.2g}); they have "
        f"{100 * contrast:.0f} % of the footage's contrast"
        if found.distinguishable
        else f"cannot be distinguished from filmed ones by their small patterns (p = {found.p_value:.2g})"
    )
    return Diagnostic(
        name="patch_statistics",
        sentence=f"Painted held-out frames {verdict}.",
        numbers={**dataclasses.asdict(found), "patches": len(true), "contrast": contrast},
        figure=line_figure(
            [
                Curve(name="painted from filmed", x=list(found.bandwidths), y=list(found.distances)),
                Curve(name="filmed from filmed", x=list(found.bandwidths), y=list(found.within_reference)),
            ],
            title="Distance between sets of patches",
            x_label="bandwidth of the kernel: 0.1 sees cloth, 0.8 edges",
            y_label="maximum mean discrepancy",
        ),
    )
