"""`transfer SOURCE TARGET`: the target person doing the source's motion."""

import shlex
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from motion_transfer.configuration.typed_command import typed_command
from motion_transfer.files.paths import existing_footage

if TYPE_CHECKING:
    import motion_transfer.pipeline


def main(config: DictConfig) -> "motion_transfer.pipeline.Transferred":
    """Open the inputs, run the pipeline's verbs, and print where the result is and how good it became."""
    existing_footage(config.source, "a source video or motion file")  # before seconds of imports
    from motion_transfer.assembly import assemble
    from motion_transfer.chain import open_inputs, perform
    from motion_transfer.evaluation.report import summary_lines

    inputs = open_inputs(config)
    typed = typed_command("transfer", config) if "given" in config else None  # None for another command's transfer
    done, learned = perform(inputs, config, assemble(config), typed)
    print("\n".join([*summary_lines(done.report), f"Report: {inputs.output.with_suffix('.report.html')}"]))
    print(f"Performer: {learned.folder} (reuse it with {shlex.quote(f'performer={learned.folder}')})")
    return done
