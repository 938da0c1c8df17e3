"""`export SOURCE output=FILE`: the source's motion as a file for other programs."""

from pathlib import Path

from omegaconf import DictConfig

from motion_transfer.assembly import assemble, reading_of
from motion_transfer.chain import load
from motion_transfer.export.export import ExportSettings, check_export, export_motion, on_performer
from motion_transfer.sources import frame_rate, open_source


def main(config: DictConfig) -> None:
    """Capture or read the motion, write it, and print where it is."""
    output, fps = Path(config.output or f"{Path(config.source).stem}.bvh"), frame_rate(config.fps)
    settings = ExportSettings(naming=config.naming, order=config.order, unit=config.unit, up=config.output_up)
    check_export(output, settings, Path(config.source))
    asked = {name: config[name] for name in ("fps", "up", "mapping", "source_edit")}
    opened = open_source(config.source, **asked, reading=reading_of(config))
    made = assemble(config)
    performer = None if config.performer is None else load(Path(config.performer), made.stages).performer
    source = opened.motion(made.stages, made.run, None if performer is None else performer.model)
    source = source if performer is None else on_performer(source, performer)
    texture = None if performer is None else performer.texture.rgb
    written = export_motion(source, output, settings, fps=fps, texture=texture)
    for note in source.notes:
        print(f"Note: {note}")
    print(f"Motion: {output}, {len(written)} frames at {float(written.fps):g} frames a second")
