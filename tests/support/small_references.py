"""References of small footage in a folder, as a performer is painted from them."""

from pathlib import Path

from small_footage import small_clip, small_footage

from motion_transfer.body.model import BodyModel
from motion_transfer.references.collection import choose_frames, collect, facts_of
from motion_transfer.references.frames import References
from motion_transfer.references.storage import open_references, write_facts, write_pictures


def small_references(model: BodyModel, folder: Path) -> References:
    """Write the frames of the small clip to the folder, and open them."""
    footage = small_footage(model)
    indices = choose_frames(footage, 240)
    corners = write_pictures(folder, collect(small_clip(model).video, footage, indices, lambda: None))
    write_facts(folder, facts_of(footage, indices, corners))
    return open_references(folder)
