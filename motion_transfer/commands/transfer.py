"""`transfer SOURCE TARGET`: the target person doing the source's motion."""

import shlex

from omegaconf import DictConfig

from motion_transfer.assembly import assemble
from motion_transfer.chain import open_inputs, perform
from motion_transfer.configuration.typed_command import typed_command
from motion_transfer.evaluation.report import summary_lines
from motion_transfer.pipeline import Transferred


def main(config: DictConfig) -> Transferred:
    """Open the inputs, run the pipeline's verbs, and print where the result is and how good it became."""
    inputs = open_inputs(config)
    typed = typed_command("transfer", config) if "given" in config else None  # None for another command's transfer
    done, learned = perform(inputs, config, assemble(config), typed)
    print("\n".join([*summary_lines(done.report), f"Report: {inputs.output.with_suffix('.report.html')}"]))
    print(f"Performer: {learned.folder} (reuse it with {shlex.quote(f'performer={learned.folder}')})")
    return done
