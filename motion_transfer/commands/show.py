"""`show SOURCE`: the source's motion as a video of the body, a contact sheet and plots."""

from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.commands.assembly import assemble
from motion_transfer.export.show import show_motion
from motion_transfer.inputs import check_output, title
from motion_transfer.run import Stage
from motion_transfer.sources import open_source

SHOW = Stage(name="show", phrase="show")


def main(config: DictConfig) -> None:
    """Capture or read the motion, draw it, and print where the pictures are."""
    output = Path(config.output or f"{title(config.source)}.motion.mp4")
    asked = {"fps": config.fps, "up": config.up, "mapping": config.mapping, "source_edit": config.source_edit}
    opened = open_source(config.source, **asked)
    check_output(output, (config.source,))
    made = assemble(config)
    source = opened.motion(made.stages, made.run)
    with made.run.stage(SHOW, total=len(source.motion)) as step:
        sheet, plots = show_motion(source, output, height_px=config.height_px, advance=step.advance)
    for note in source.notes:
        print(f"Note: {note}")
    print(f"Motion: {output}, {sheet}, {plots}")
