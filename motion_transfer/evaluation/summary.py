"""A report's plain JSON values -> the same in words. What was not measured (null) is never guessed."""

from collections.abc import Mapping
from typing import Any

# Person PSNR on held-out frames, from which a verdict is earned. Below the last, hands and faces are visibly wrong.
VERDICTS = (
    (26.0, "close to the real footage"),
    (20.0, "recognizable, but softer than the real footage"),
    (0.0, "rough: expect blurred clothes and wrong hands or face in places"),
)
GOOD_SILHOUETTE_IOU = 0.75
GOOD_REPROJECTION_PERCENT = 4.0
GOOD_FOOT_SKATE_CM_PER_S = 5.0
GOOD_MISSING_INSIDE = 0.005
GOOD_LEAK = 0.01
SHOWN_FRAMES = 3


def video_line(output: Mapping[str, Any]) -> str:
    """Where the video is and what it is."""
    sound = "with sound" if output["audio"] else "without sound"
    picture = f"{output['width']}x{output['height']}, {output['fps']:g} frames/s, {output['frames']} frames"
    return f"Video: {output['path']} ({picture}, {sound})"


def quality_lines(report: Mapping[str, Any]) -> list[str]:
    """How good the result is, with what speaks against it."""
    reasons = (report.get("sanity") or {}).get("reasons", ())
    lines = [f"Look at the result before you use it: {reason}" for reason in reasons]
    lines.append(_person(report["reenactment"], sane=not reasons))
    lines += _what_people_see(report["reenactment"])
    lines += _against_baselines(report["reenactment"], report.get("baselines"))
    if report["source"] != report["target"]:
        lines.append("No true picture of the new dance exists to compare with: judge it by the contact sheet.")
    for whose, fit in report["fit"].items():
        lines += _fit(whose, fit)
    lines += _feet(report["retargeting"])
    lines += _found_pose(report.get("detected_pose"))
    lines += _coverage(report.get("coverage"))
    lines += [f"Note: {sentence}" for sentence in report["fallbacks"]]
    if report["review_frames"]:
        worst = "; ".join(
            f"frame {frame['index']}: {frame['reason']}" for frame in report["review_frames"][:SHOWN_FRAMES]
        )
        lines.append(f"Look first at {worst}.")
    return lines


def time_line(stages: Mapping[str, Mapping[str, Any]]) -> str:
    """How long each stage took."""
    if not stages:
        return "Time: nothing was run."
    total = sum(cost["seconds"] for cost in stages.values())
    each = ", ".join(
        f"{cost['name']} {'from an earlier run' if cost['cached'] else duration(cost['seconds'])}"
        for cost in stages.values()
    )
    return f"Time: {duration(total)} in all ({each})"


def duration(seconds: float) -> str:
    """Seconds in words, e.g. `8.3 s`, `2 min 05 s`, `1 h 02 min`."""
    whole = round(seconds)
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{round(seconds / 60) // 60} h {round(seconds / 60) % 60:02d} min"


def _person(scores: Mapping[str, Any] | None, *, sane: bool) -> str:
    """How good the painting is; of a result that is not sane no verdict is passed."""
    if scores is None or _asked_for(scores) is None:
        return "Quality: not measured, as no frames with the person were kept out of training."
    person = _asked_for(scores) or 0.0
    verdict = next((words for least, words in VERDICTS if person >= least), VERDICTS[-1][1])
    verdict = verdict if sane else "in doubt, see above"
    whole = ", ".join(
        f"{name} {scores[key]:{digits}}{unit}"
        for key, name, digits, unit in (("psnr", "whole picture", ".1f", " dB"), ("ssim", "SSIM", ".3f", ""))
        if scores.get(key) is not None
    )
    where = ", in a crop around it" if scores.get("measured_in") == "crop" else ""
    return (
        f"Quality: {verdict}. On {scores['frames']} frames of the target kept out of training the repainted person "
        f"reaches {person:.1f} dB PSNR{where}{f' ({whole})' if whole else ''}."
    )


def _what_people_see(scores: Mapping[str, Any] | None) -> list[str]:
    """Detail, pose and face, as far as they were measured."""
    known = {name: score for name, score in (scores or {}).items() if score is not None}
    parts = []
    if "detail" in known:
        parts.append(f"{100 * known['detail']:.0f} % of the footage's detail")
    if "pose_error" in known:
        parts.append(f"the pose off by {known['pose_error']:.1f} % of the body's height")
    if known.get("sides_exchanged"):
        parts.append(
            f"left and right taken for each other in {100 * known['sides_exchanged']:.0f} % of the frames (with them "
            f"exchanged the pose is off by {known['pose_error_either_side']:.1f} %)"
        )
    if known.get("nobody_found"):
        parts.append(f"nobody found in {100 * known['nobody_found']:.0f} % of the frames")
    if "face_found" in known:
        parts.append(f"the face found in {100 * known['face_found']:.0f} % of the frames that show one")
    if "face_mesh_error" in known:
        parts.append(f"the face off by {known['face_mesh_error']:.1f} % of its height")
    return [f"The repainted person has {', '.join(parts)}."] if parts else []


def _found_pose(scores: Mapping[str, Any] | None) -> list[str]:
    """What a detector finds in the driven result."""
    if scores is None:
        return []
    nobody, error = scores.get("nobody_found") or 0, scores.get("pose_error")
    if error is None:
        return [f"In the result nobody is found in {100 * nobody:.0f} % of the frames, too many to compare the pose."]
    found = f"In the result the pose is off by {error:.1f} % of the body's height"
    return [f"{found}, and nobody is found in {100 * nobody:.0f} % of the frames." if nobody else f"{found}."]


def _asked_for(scores: Mapping[str, Any]) -> float | None:
    """PSNR of the person without held objects where it is known: nobody asked for those to be painted."""
    without_held = scores.get("psnr_person_without_held")
    return scores.get("psnr_person") if without_held is None else without_held


def _against_baselines(
    scores: Mapping[str, Any] | None, baselines: Mapping[str, Mapping[str, Any]] | None
) -> list[str]:
    person = None if scores is None else _asked_for(scores)
    rivals = {
        name.replace("_", " "): score
        for name, rival in (baselines or {}).items()
        if (score := _asked_for(rival)) is not None
    }
    if person is None or not rivals:
        return []
    best = max(rivals, key=lambda name: rivals[name])
    gain = person - rivals[best]
    if gain <= 0:
        return [f"That is no better than the {best} baseline ({rivals[best]:.1f} dB): train longer or film more."]
    return [f"That is {gain:.1f} dB better than the best baseline, {best} ({rivals[best]:.1f} dB)."]


def _fit(whose: str, fit: Mapping[str, Any]) -> list[str]:
    lines = []
    overlap, reprojection = fit["silhouette_iou"], fit["reprojection_percent"]
    if overlap is not None and overlap < GOOD_SILHOUETTE_IOU:
        lines.append(f"The {whose}'s body covers the person only loosely (silhouette overlap {overlap:.2f}).")
    if reprojection is not None and reprojection > GOOD_REPROJECTION_PERCENT:
        lines.append(f"The {whose}'s joints are off by {reprojection:.1f} % of the person's height.")
    if fit["frames_without_person"]:
        lines.append(f"In {fit['frames_without_person']} frames of the {whose} nobody was found; they are bridged.")
    return lines


def _feet(retargeting: Mapping[str, Any] | None) -> list[str]:
    slide = None if retargeting is None else retargeting["foot_skate_cm_per_s"]
    if slide is None or slide <= GOOD_FOOT_SKATE_CM_PER_S:
        return []
    return [f"Standing feet slide by {slide:.0f} cm/s (half of the time more)."]


def _coverage(coverage: Mapping[str, Any] | None) -> list[str]:
    if coverage is None:
        return []
    lines = []
    if (coverage["missing_inside"] or 0) > GOOD_MISSING_INSIDE:
        worst = str(coverage["worst_part"]).replace("_", " ")
        lines.append(f"{100 * coverage['missing_inside']:.1f} % of the body came out transparent, most at the {worst}.")
    if (coverage["leak_p90"] or 0) > GOOD_LEAK:
        share = f"{100 * coverage['leak_p90']:.0f} %"
        lines.append(f"Debris is painted beside the body (over {share} of its area in a tenth of the frames).")
    return lines
