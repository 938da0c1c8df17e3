"""Cross-identity reenactment against the true frames, which only synthetic pairs have."""

import json
import tempfile
from pathlib import Path

from motion_transfer.detected_pose import detected_driven_pose
from motion_transfer.domain.clip import Clip
from motion_transfer.evaluation.baselines import temporal_median
from motion_transfer.evaluation.report import Scores, as_plain
from motion_transfer.files.pictures import write_png
from motion_transfer.files.replacing import replacing
from motion_transfer.files.video_reader import open_video
from motion_transfer.landmarks.mediapipe_face import MediapipeFace
from motion_transfer.pipeline import Transferred
from motion_transfer.protocols.comparison import BodyBoxes, Comparison
from motion_transfer.protocols.method_sheet import SHOWN
from motion_transfer.protocols.nearest_frames import NearestFrames
from motion_transfer.run import Run
from motion_transfer.stages import PersonDetector
from motion_transfer.synthetic.clip import SyntheticClip

METHODS = ("performer", "nearest_neighbour", "temporal_median")
DRIVEN = ("performer",)
ROWS = {"result": "performer", "nearest training frame": "nearest_neighbour"}


def compare_with_truth(
    result: Transferred, truth: SyntheticClip, target: Clip, detector: PersonDetector, run: Run, output: Path
) -> dict[str, Scores]:
    """Score the encoded result and two baselines against the true frames; write the scores and a contact sheet.

    Frames for a sheet of several methods are kept in a folder beside them.

    Pictures are compared at the frame's own size. The pose is compared with the driven body's, because retargeting
    decides it; whether that was right shows in the scores against the true frames.

    Args:
        truth: the target doing the source's motion.
        target: the clip that was learned from.
    """
    video, performer = open_video(result.output), result.performer
    camera, frames = performer.facts.camera, min(len(video), len(truth.video))
    true_body = BodyBoxes.around(performer.body.posed(truth.motion.pose).joints_m, truth.camera)
    driven_body = BodyBoxes.around(performer.body.posed(result.motion.pose).joints_m, camera)
    median = temporal_median(target.video.open_frames(), len(target))
    with tempfile.TemporaryDirectory() as folder, MediapipeFace().open() as shows_face:
        comparison = Comparison(METHODS, DRIVEN, ROWS, frames, shows_face)
        nearest = NearestFrames(Path(folder), target.video, performer.facts.motion, result.motion)
        for index, (painted, true) in enumerate(zip(video.open_frames(), truth.video.open_frames(), strict=False)):
            unpadded = painted[: true.shape[0], : true.shape[1]]  # an encoded video has even sides
            pictures = {"performer": unpadded, "nearest_neighbour": nearest[index], "temporal_median": median}
            comparison.add(index, true, pictures, truth.masks[index] > 127, None, true_body, driven_body)
    scores = comparison.scores()
    scores["performer"] |= detected_driven_pose(result.output, performer, result.motion, detector, run).scores
    with replacing(output) as fresh:
        fresh.write_text(json.dumps(as_plain(scores), indent=2, allow_nan=False), encoding="utf-8")
    comparison.shown.write(output.parent / SHOWN)
    write_png(output.with_suffix(".png"), comparison.sheet(float(video.fps)))
    return dict(scores)
