"""A driven performer against the true frames: only synthetic pairs have them."""

import json
from pathlib import Path

import torch

from motion_transfer.commands.transfer import Transferred
from motion_transfer.evaluation.baselines import NearestNeighbour, TemporalMedian
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.evaluation.sheet import SheetCollector
from motion_transfer.files.pictures import write_png
from motion_transfer.files.replacing import replacing
from motion_transfer.files.video_reader import open_video
from motion_transfer.performers.performer import pose_features
from motion_transfer.rendering.crop_track import body_boxes, crop, track_crop
from motion_transfer.synthetic.clip import SyntheticClip

COLUMNS, ROW_PX, RESOLUTION = 8, 240, 256


def compare_with_truth(
    result: Transferred, truth: SyntheticClip, target: Path, output: Path
) -> dict[str, dict[str, float | int]]:
    """Score the result and two baselines in the true person's window, write them and a sheet."""
    video = open_video(result.output)
    frames = min(len(video), len(truth.video))
    body = result.performer.body.posed(truth.motion.pose[:frames])
    boxes = body_boxes(body.joints_m, truth.camera)
    window = track_crop(boxes, height=RESOLUTION, margin=0.12, smoothing_frames=0.3 * float(video.fps))
    learned = result.performer.facts.motion
    nearest = NearestNeighbour(training_features=pose_features(learned))(pose_features(result.motion))
    footage = open_video(target)
    twins = dict(footage.pick(int(n) for n in torch.as_tensor(nearest)))
    median = TemporalMedian.learn(footage.open_frames(), len(footage)).picture
    scores = {name: ClipScore() for name in ("performer", "nearest_neighbour", "temporal_median")}
    sheet = SheetCollector(("truth", "result", "nearest training frame"), COLUMNS, frames, ROW_PX)
    pairs = zip(video.open_frames(), truth.video.open_frames(), strict=False)
    for number, (painted, true) in enumerate(pairs):
        place = window.window_from_frame(number)
        mask = crop(truth.masks[number], place, window.size) > 127
        twin = twins[int(nearest[number])]
        seen = crop(true, place, window.size)
        for name, picture in (("performer", painted), ("nearest_neighbour", twin), ("temporal_median", median)):
            scores[name].add(crop(picture, place, window.size), seen, mask)
        sheet.add("truth", number, true)
        sheet.add("result", number, painted)
        sheet.add("nearest training frame", number, twin)
    summary = {name: score.summary() for name, score in scores.items()}
    with replacing(output) as fresh:
        fresh.write_text(json.dumps(summary, indent=2), encoding="utf-8")
    write_png(output.with_suffix(".png"), sheet.sheet(float(video.fps)))
    for name, score in summary.items():
        line = ", ".join(f"{key} {score[key]:.3g}" for key in ("psnr", "psnr_person", "ssim"))
        print(f"Against the true frames, {name.replace('_', ' ')}: {line}")
    return summary
