"""`show SOURCE`: the source's motion as a video of the body, a contact sheet and plots, or in the browser."""

from functools import partial
from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.assembly import assemble, reading_of
from motion_transfer.chain import load
from motion_transfer.export.show import show_motion
from motion_transfer.export.viewer import check_viewer, view_motion
from motion_transfer.files.paths import title
from motion_transfer.inputs import check_output
from motion_transfer.run import Stage
from motion_transfer.sources import open_source

SHOW = Stage(name="show", phrase="show")


def main(config: DictConfig) -> None:
    """Capture or read the motion, draw it, and print where the pictures are."""
    output = Path(config.output or f"{title(config.source)}.motion.mp4")
    asked = {name: config[name] for name in ("fps", "up", "mapping", "source_edit")}
    opened = open_source(config.source, **asked, reading=reading_of(config))
    check_viewer(viewer=config.viewer, performer=config.performer)
    if not config.viewer:
        check_output(output, (config.source,))
    made = assemble(config)
    stages, run = made.stages, made.run
    performer = None if config.performer is None else load(Path(config.performer), stages).performer
    source = opened.motion(stages, run, None if performer is None else performer.model)
    for note in source.notes:
        print(f"Note: {note}")
    if config.viewer:
        view_motion(source, performer, stages, run, port=config.port, opened=partial(print, flush=True))
        return
    with run.stage(SHOW, total=len(source.motion)) as step:
        sheet, plots = show_motion(source, output, height_px=config.height_px, advance=step.advance)
    print(f"Motion: {output}, {sheet}, {plots}")
