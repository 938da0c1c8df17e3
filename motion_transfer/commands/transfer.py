"""`transfer SOURCE TARGET`: the target person doing the source's motion."""

import shlex

from omegaconf import DictConfig

from motion_transfer.assembly import assemble
from motion_transfer.chain import open_inputs, perform
from motion_transfer.evaluation.report import summary_lines
from motion_transfer.pipeline import Transferred


def main(config: DictConfig) -> Transferred:
    """Open the inputs, run the pipeline's verbs, and print where the result is and how good it became."""
    inputs = open_inputs(config)
    done, learned = perform(inputs, config, assemble(config))
    print("\n".join([*summary_lines(done.report), f"Report: {inputs.output.with_suffix('.report.html')}"]))
    print(f"Performer: {learned.folder} (reuse it with {shlex.quote(f'performer={learned.folder}')})")
    return done
