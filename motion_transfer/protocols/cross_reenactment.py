"""Cross-identity reenactment against the true frames, which only synthetic pairs have."""

import json
from pathlib import Path

from motion_transfer.domain.clip import Clip
from motion_transfer.evaluation.baselines import nearest_neighbours, temporal_median
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.evaluation.patches import PatchDistance
from motion_transfer.evaluation.report import Scores
from motion_transfer.evaluation.sheet import SheetCollector
from motion_transfer.files.pictures import write_png
from motion_transfer.files.replacing import replacing
from motion_transfer.files.video_reader import open_video
from motion_transfer.performers.performer import pose_features
from motion_transfer.pipeline import Transferred
from motion_transfer.registration.registrar import CropSettings
from motion_transfer.rendering.crop_track import body_boxes, crop, track_crop
from motion_transfer.synthetic.clip import SyntheticClip

COLUMNS, ROW_PX, CROP_PX = 8, 240, 256
ROWS = ("truth", "result", "nearest training frame")
METHODS = ("performer", "nearest_neighbour", "temporal_median")


def compare_with_truth(
    result: Transferred, truth: SyntheticClip, target: Clip, settings: CropSettings, output: Path
) -> dict[str, Scores]:
    """Score the result and two baselines in the true person's crop; write the scores and a contact sheet.

    Args:
        truth: the target doing the source's motion.
        target: the clip that was learned from.
        settings: of the crop.
    """
    video = open_video(result.output)
    frames = min(len(video), len(truth.video))
    body = result.performer.body.posed(truth.motion.pose[:frames])
    track = track_crop(
        body_boxes(body.joints_m, truth.camera),
        height=CROP_PX,
        margin=settings.margin,
        smoothing_frames=settings.smoothing_s * float(video.fps),
    )
    filmed_features = pose_features(result.performer.facts.motion)
    nearest = nearest_neighbours(filmed_features, pose_features(result.motion)).tolist()
    filmed = dict(target.video.pick(nearest))
    median = temporal_median(target.video.open_frames(), len(target))
    scores, patches = {name: ClipScore() for name in METHODS}, {name: PatchDistance() for name in METHODS}
    sheet = SheetCollector(ROWS, COLUMNS, frames, ROW_PX)
    pairs = zip(video.open_frames(), truth.video.open_frames(), strict=False)
    for index, (painted, true) in enumerate(pairs):
        crop_from_frame = track.window_from_frame(index)
        mask = crop(truth.masks[index], crop_from_frame, track.size) > 127
        similar = filmed[nearest[index]]
        seen = crop(true, crop_from_frame, track.size)
        for name, picture in zip(METHODS, (painted, similar, median), strict=True):
            cropped = crop(picture, crop_from_frame, track.size)
            scores[name].add(cropped, seen, mask)
            patches[name].add(cropped, seen, mask)
        for row, picture in zip(ROWS, (true, painted, similar), strict=True):
            sheet.add(row, index, picture)
    summary: dict[str, Scores] = {
        name: {**score.summary(), "patch_mmd": patches[name].value()} for name, score in scores.items()
    }
    with replacing(output) as fresh:
        fresh.write_text(json.dumps(summary, indent=2), encoding="utf-8")
    write_png(output.with_suffix(".png"), sheet.sheet(float(video.fps)))
    return summary
