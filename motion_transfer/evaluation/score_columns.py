"""Columns of the tables of scores."""

from collections.abc import Iterable, Mapping

COLUMNS = {
    "psnr": ("PSNR whole", ".1f"),
    "psnr_person": ("PSNR person", ".1f"),
    "psnr_person_without_held": ("PSNR person without held", ".1f"),
    "ssim": ("SSIM", ".3f"),
    "detail": ("detail", ".2f"),
    "patch_mmd": ("patch MMD", ".4f"),
    "pose_error": ("pose error", ".2f"),
    "nobody_found": ("nobody found", ".2f"),
    "face_found": ("face found", ".2f"),
    "flicker": ("flicker", ".2f"),
    "flicker_ratio": ("flicker over truth", ".2f"),
}


def titles() -> list[str]:
    """Their titles."""
    return [title for title, _ in COLUMNS.values()]


def figures(scores: Mapping[str, float | int | None]) -> Iterable[str]:
    """What stands in each of them; a metric without a value was not measured."""
    for name in COLUMNS:
        score = scores.get(name)
        yield "not measured" if score is None or score != score else printed(name, score)


def printed(name: str, score: float) -> str:
    """A score with the digits of its column."""
    return format(score, COLUMNS[name][1])
