"""`report.json` -> `report.html`: one page for people, with its pictures inside, that asks nothing of the network."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from motion_transfer.evaluation.summary import duration, quality_lines
from motion_transfer.files.pictures import read_rgb
from motion_transfer.files.reading import reading
from motion_transfer.files.replacing import replacing
from motion_transfer.files.single_frames import frames_at

MOST_BYTES = 1 << 26
SUFFIX = ".report.json"
THUMBNAIL_PX, SHEET_PX, JPEG_QUALITY = 320, 4000, 85
PLOT = (600, 60)  # width and height of a timeline in SVG units
VIDEOS = (".mp4", ".mov", ".webm", ".m4v")  # that browsers play

# Of the scores that a page shows: name, key, digits, unit, and what the figure means.
SCORES = (
    ("PSNR of the person", "psnr_person", 1, "dB", "likeness to the true frames; 26 and more is close, below 20 rough"),
    ("SSIM", "ssim", 3, "", "likeness of structures, 1 for the same picture"),
    ("Detail", "detail", 2, "of the truth", "sharpness; above 1.1 are edges that the truth does not have"),
    (
        "Pose error",
        "pose_error",
        1,
        "% of height",
        "how far the detector finds the painted person from the driven pose",
    ),
    ("Faces found", "face_found", 2, "", "of the frames whose truth shows a face"),
    ("Face mesh error", "face_mesh_error", 1, "% of the face", "how far the painted face is from the true one"),
    ("Detail of the head", "head_detail", 2, "of the truth", "sharpness of face and hair alone"),
    ("Detail of the hands", "hands_detail", 2, "of the truth", "sharpness of the hands alone"),
    ("Flicker", "flicker", 1, "levels", "change from frame to frame that motion does not explain"),
)
TIMELINES = {
    "confidence": "Landmarks of the source: how sure the detector was",
    "novelty": "Distance of the pose from the nearest filmed one",
    "missing": "Fraction of the body left unpainted",
    "pose_error": "The pose that is found in the result: how far off, up to 10 % of the height",
    "flicker": "Flicker: change of the person between frames that the body does not explain, up to 10 of 255 levels",
    "sensitivity": "Sensitivity: how much the network's picture changes with its maps of the body, over its largest",
    "left_foot": "Left foot on the ground",
    "right_foot": "Right foot on the ground",
}


def page_path(report_json: Path) -> Path:
    """`NAME.report.json` -> `NAME.report.html`."""
    return report_json.with_suffix(".html")


def write_page(report_json: Path) -> Path:
    """Write the page beside its report, from that file and the video and the sheet beside it.

    Returns:
        The page's path.

    Raises:
        FileNotFoundError: there is no such report.
        ValueError: it is no report of this program.
    """
    with reading("a report", report_json, remedy="name NAME.report.json of a transfer", most_bytes=MOST_BYTES):
        content = json.loads(report_json.read_text(encoding="utf-8"))
        text = _page(content, report_json)
    with replacing(page_path(report_json)) as fresh:
        fresh.write_text(text, encoding="utf-8", errors="backslashreplace")
    return page_path(report_json)


def _page(content: Mapping[str, Any], report_json: Path) -> str:
    environment = Environment(
        loader=PackageLoader("motion_transfer.evaluation", "templates"), autoescape=True, undefined=StrictUndefined
    )
    stem = report_json.name.removesuffix(SUFFIX)
    output = content["output"] or {}
    video = report_json.with_name(Path(output.get("path", f"{stem}.mp4")).name)
    sheet = report_json.with_name(f"{stem}.report.png")
    frames = frames_at(video, [frame["index"] for frame in content["review_frames"]])
    scores, known = content["reenactment"] or {}, content.get("timelines", {})
    return environment.get_template("report.html").render(
        report=content,
        name=stem,
        video=_link(video, report_json) if video.is_file() else None,
        source=_link(Path(content["source"]), report_json) if _plays(content["source"]) else None,
        sheet=_embedded(read_rgb(sheet), SHEET_PX) if sheet.is_file() else None,
        said=[line for line in quality_lines(content) if not line.startswith("Note: ")],
        scores=[_score(row, scores[row[1]]) for row in SCORES if scores.get(row[1]) is not None],
        review=[(frame, _thumbnail(frames.get(frame["index"]))) for frame in content["review_frames"]],
        plots={label: _points(known[key]) for key, label in TIMELINES.items() if key in known},
        plot=PLOT,
        no_network=content["training"] is not None and not content["training"]["steps"],
        costs=[(cost["name"], _cost(cost)) for cost in content["stages"].values()],
        seconds=output["frames"] / output["fps"] if output else 0,
    )


def _score(row: tuple[str, str, int, str, str], value: float) -> tuple[str, str, str]:
    label, _, digits, unit, meaning = row
    return label, f"{value:.{digits}f} {unit}", meaning


def _cost(cost: Mapping[str, Any]) -> str:
    return "from an earlier run" if cost["cached"] else duration(cost["seconds"])


def _plays(source: str) -> bool:
    return Path(source).suffix.lower() in VIDEOS and Path(source).is_file()


def _link(path: Path, report_json: Path) -> str:
    """The way from the page to a file, as an address."""
    return quote(os.path.relpath(path.absolute(), report_json.absolute().parent))


def _thumbnail(frame: np.ndarray | None) -> str | None:
    return None if frame is None else _embedded(frame, THUMBNAIL_PX)


def _embedded(rgb: np.ndarray, widest_px: int) -> str:
    """A picture as a data address."""
    scale = min(1.0, widest_px / rgb.shape[1])
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    done, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(small[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError(f"expected a picture that JPEG can hold, got shape {small.shape}")
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.tobytes()).decode('ascii')}"


def _points(values: list[float | None]) -> list[str]:
    """Polylines of a timeline in SVG units, one for each run of known values in [0, 1]."""
    width, height = PLOT
    step = width / max(len(values) - 1, 1)
    lines: list[list[str]] = [[]]
    for index, known in enumerate(values):
        if known is None:
            lines.append([])
        else:
            lines[-1].append(f"{index * step:.1f},{height * (1 - min(max(known, 0.0), 1.0)):.1f}")
    return [" ".join(line) for line in lines if line]
