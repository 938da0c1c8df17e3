"""The clips that are there are those of the pair that is asked for."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from motion_transfer.body.model import BodyModel
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.cache import Cache
from motion_transfer.files.video_reader import open_video
from motion_transfer.protocols.drawn_pair import write_pair
from motion_transfer.run import Run
from motion_transfer.synthetic.pair import SyntheticPair, make_pair

SIZE = ImageSize(height=64, width=48)


def pair(body: BodyModel, seed: int, seconds: float = 0.5) -> SyntheticPair:
    return make_pair(body, seed=seed, size=SIZE, seconds=seconds, fps=Fraction(8), texture_px=64)


@pytest.mark.slow
def test_clips_of_another_pair_are_drawn_anew_and_those_of_the_same_are_kept(
    tiny_body: BodyModel, tmp_path: Path
) -> None:
    run = Run(Cache(tmp_path / "cache"))
    paths = write_pair(pair(tiny_body, 3), tmp_path, run)
    before = {name: (path.stat().st_mtime_ns, path.read_bytes()) for name, path in paths.items()}
    write_pair(pair(tiny_body, 3), tmp_path, run)
    assert {name: path.stat().st_mtime_ns for name, path in paths.items()} == {
        name: time for name, (time, _) in before.items()
    }
    for other in (pair(tiny_body, 5), pair(tiny_body, 5, seconds=0.75)):
        write_pair(other, tmp_path, run)
        for name, path in paths.items():
            assert path.read_bytes() != before[name][1]
            drawn, written = next(iter(getattr(other, name).video)), next(iter(open_video(path)))
            assert np.abs(drawn.astype(float) - written).mean() < 6
            assert len(open_video(path)) == len(getattr(other, name).video)
    paths["truth"].write_bytes(b"cut off")
    write_pair(other, tmp_path, run)
    assert len(open_video(paths["truth"])) == 6
