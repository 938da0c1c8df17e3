"""A result that is the true clip itself is perfect but for its encoding, and the scores are plain JSON."""

import json
from pathlib import Path
from typing import cast

import cv2
import pytest
from checked_shapes import unchecked
from known_clips import exact_detections
from small_footage import SIZE, small_clip, small_footage
from small_generator import small_generator
from small_performer import small_performer

from motion_transfer.body.model import BodyModel
from motion_transfer.evaluation.report import Report
from motion_transfer.files.cache import Cache
from motion_transfer.files.clips import open_clip
from motion_transfer.files.video_writer import VideoWriter
from motion_transfer.pipeline import Transferred
from motion_transfer.protocols.cross_reenactment import METHODS, compare_with_truth
from motion_transfer.run import Run


@pytest.mark.slow
def test_the_encoded_truth_scores_as_the_truth(tiny_body: BodyModel, tmp_path: Path) -> None:
    truth, footage = small_clip(tiny_body), small_footage(tiny_body)
    with VideoWriter(tmp_path / "result.mp4", size=SIZE, fps=truth.motion.fps) as writer:
        for frame in truth.video:
            writer.write(frame)
    with unchecked():
        result = Transferred(
            output=tmp_path / "result.mp4",
            performer=small_performer(footage, tiny_body, small_generator(), held_out=4),
            motion=truth.motion,
            report=cast(Report, None),  # which no score depends on
        )
    found, target = exact_detections(tiny_body, truth.motion, truth.camera), open_clip(tmp_path / "result.mp4")
    run, output = Run(Cache(tmp_path / "work"), []), tmp_path / "truth.report.json"
    scores = compare_with_truth(result, truth, target, lambda video: found, run, output)
    assert set(scores) == set(METHODS)
    performer = scores["performer"]
    assert performer["frames"] == len(truth.video)
    assert performer["psnr_person"] > 25
    assert performer["pose_error"] == pytest.approx(0, abs=0.01)
    assert performer["nobody_found"] == 0
    assert 0.5 < performer["detail"] < 1.2
    assert scores["nearest_neighbour"]["psnr_person"] == pytest.approx(performer["psnr_person"])  # the same frames
    assert scores["temporal_median"]["psnr_person"] < performer["psnr_person"]
    written = json.loads(output.read_text(), parse_constant=pytest.fail)  # NaN is no JSON
    assert written["performer"]["psnr"] == performer["psnr"]
    assert cv2.imread(str(tmp_path / "truth.report.png")) is not None
