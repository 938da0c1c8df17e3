"""Several methods on the same subjects -> the means of each, and what each is better at than the first."""

import math
from collections.abc import Callable, Mapping, Sequence

from motion_transfer.evaluation.markdown_table import markdown_table
from motion_transfer.evaluation.measured import Measured
from motion_transfer.evaluation.score_columns import COLUMNS, figures, printed, titles

# What is judged, and the distance from the best value: the smaller, the better.
DISTANCES: Mapping[str, Callable[[float], float]] = {
    "psnr_person_without_held": lambda decibels: -decibels,
    "ssim": lambda similarity: -similarity,
    "detail": lambda ratio: abs(math.log(max(ratio, 1e-6))),
    "patch_mmd": abs,
    "pose_error": abs,
    "face_found": lambda share: -share,
    "flicker_ratio": lambda ratio: abs(math.log(max(ratio, 1e-6))),
}
MEANS = """\
Each mean is over the subjects on which all methods have a value; a method that never has one is left out. Detail and
flicker are better the nearer to 1 they are. A method counts as better where the printed figures differ, however
little."""

Way = tuple[str, float]  # a method, and its minutes
Scores = Mapping[str, float]  # by metric, only those that have a value


def method_means(measured: Sequence[Measured]) -> list[str]:
    """A table of means and a list of who is better at what, in Markdown; nothing where there is one method alone."""
    found: dict[Way, dict[str, Scores]] = {}
    for one in measured:
        scores = one.scores["performer"]
        known = {name: float(score) for name, score in scores.items() if score is not None and score == score}
        found.setdefault((one.method, one.minutes), {})[one.subject] = known
    if len(found) < 2:
        return []
    means = {way: _means(found, way) for way in found}
    rows = [(method, f"{minutes:g}", *figures(means[method, minutes])) for method, minutes in found]
    table = markdown_table(("method", "minutes", *titles()), rows)
    first = measured[0].method
    lines = [
        _verdict(way, (first, way[1]), found, means) for way in found if way[0] != first and (first, way[1]) in found
    ]
    return [MEANS, table, *(["\n".join(lines)] if lines else [])]


def _subjects(found: Mapping[Way, Mapping[str, Scores]], name: str) -> list[str]:
    """Those that have a metric with every method that has it at all."""
    ways = [way for way in found.values() if any(name in scores for scores in way.values())]
    return [subject for subject in (ways[0] if ways else ()) if all(name in way.get(subject, {}) for way in ways)]


def _means(found: Mapping[Way, Mapping[str, Scores]], way: Way) -> Scores:
    means = dict[str, float]()
    for name in COLUMNS:
        subjects = _subjects(found, name)
        values = [found[way][subject][name] for subject in subjects if name in found[way].get(subject, {})]
        if values:
            means[name] = sum(values) / len(values)
    return means


def _verdict(way: Way, first: Way, found: Mapping[Way, Mapping[str, Scores]], means: Mapping[Way, Scores]) -> str:
    """What a method is better at than the first one with the same minutes."""
    said = [f"on the mean at {', '.join(_better(means[way], means[first])) or 'nothing'}"]
    for subject in found[way] if len(found[way]) > 1 else ():
        if subject in found[first] and (names := _better(found[way][subject], found[first][subject])):
            said.append(f"on {subject} at {', '.join(names)}")
    return f"- {way[0]}, {way[1]:g} minutes, is better than {first[0]} {'; '.join(said)}."


def _better(theirs: Scores, ours: Scores) -> list[str]:
    """Titles of the metrics at which the printed figures say so."""
    return [
        COLUMNS[name][0]
        for name, distance in DISTANCES.items()
        if name in theirs
        and name in ours
        and distance(float(printed(name, theirs[name]))) < distance(float(printed(name, ours[name])))
    ]
