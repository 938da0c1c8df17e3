"""Measurements -> the page of results in Markdown. Every figure on it comes from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple

from motion_transfer.domain.quality import TrainingRun
from motion_transfer.evaluation.markdown_table import markdown_table
from motion_transfer.evaluation.measured import Kind, Measured
from motion_transfer.evaluation.method_means import method_means
from motion_transfer.evaluation.score_columns import figures, titles

COSTS: Mapping[str, Callable[[TrainingRun], str | None]] = {
    "steps/s": lambda run: None if run.steps_per_s is None else f"{run.steps_per_s:.2f}",
    "GPU memory, GiB": lambda run: None if run.gpu_memory_mib is None else f"{run.gpu_memory_mib / 1024:.1f}",
}
DECIDES = "psnr_person_without_held"
CALLED: Mapping[str, str] = {
    "nearest_neighbour": "nearest training frame",
    "temporal_median": "temporal median of the training frames",
    "baked_texture": "baked texture, no network",
}
PROTOCOLS: Mapping[Kind, tuple[str, str]] = {
    "pair": (
        "Synthetic pairs",
        "Two people are drawn. The performer is learned from the target's clip and does the source's dance. The true "
        "frames of that are drawn as well, and the result is compared with them after it was encoded.",
    ),
    "clip": (
        "Clips",
        "The performer is learned from the first part of each clip and reenacts the last part. Of the last part only "
        "the pose is estimated; body, camera, background, texture and network come from the first part.",
    ),
}
PACKAGES = ("motion-transfer", "python", "torch", "pytorch-lightning", "numpy", "opencv-contrib-python", "mediapipe")
METRICS = """\
All figures are measured at the frame's own size, and all but detail and patch MMD are means over frames.

- PSNR (in dB) and SSIM compare pixel with pixel; higher is better. "Whole" is the whole frame, "person" the pixels of
  the person's mask, and "without held" leaves out what the person holds, which nobody asked the performer to paint.
- Detail is the mean absolute Laplacian inside the person over that of the true frames. 1 is as sharp as the footage; a
  blur has less, noise has more.
- Patch MMD compares small patterns wherever they lie, so that a blur, which PSNR rewards, costs. It is 0 for footage
  like the truth, and lower is better.
- Pose error is the distance of shoulders, elbows, wrists, hips, knees and ankles that the detector finds in the result
  from those that were asked for, in per cent of the body's height. "Nobody found" is the share of frames in which the
  detector finds nobody. Landmarks of which the detector is unsure do not count.
- Face found is the share of frames in which a face is found in the result, of those in which the true frame shows one.
- Flicker is the change of the person between two frames that motion does not explain, in grey levels. It is good where
  it is near that of the truth, a ratio of 1; lower is not better, because a blur does not flicker.

Steps a second leave out validation and the first step, which warms up. GPU memory is the most that tensors took.

Pose and face are measured for methods that paint the driven body, not for those that show frames of the footage."""
SHEETS = """\
From above: the pose that is asked for, the result of each method, and the truth, pixel by pixel, in frames that are
evenly spread over the clip and were not picked."""
LIMITS = """\
- Few subjects were measured, and each with one seed. Another seed changes PSNR by some tenths of a dB, so that smaller
  differences mean nothing.
- On a clip, the mask that scores the person comes from the detector, and the pose is estimated with the very frames
  that are compared. A mistake of the pose counts as a mistake of the performer.
- A clip shows the person doing what the same person did. How well somebody else's dance looks in a real room is
  measured on synthetic pairs alone, because only they have true frames. Drawn people have no hair or loose clothes.
- A performer is trained for some minutes by the clock. A faster machine takes more steps in them.
- A face that is found may be soft, and need not be the right person's. No figure tells whether the person is
  recognized or the motion looks natural. Look at the contact sheets beside each measurement."""


def results_page(measured: Sequence[Measured], sheets: Mapping[str, str] | None = None) -> str:
    """The page.

    Args:
        sheets: by subject, the file of a sheet that lies beside the page and is shown on it.

    Raises:
        ValueError: there is no measurement, or they are of different code or machines.
    """
    if not measured:
        raise ValueError("expected at least one measurement, got none; give pairs=[3] or clips=[CLIP.mp4]")
    if len({(one.setup.code, astuple(one.setup.machine)) for one in measured}) > 1:
        raise ValueError("expected measurements of one version on one machine, got several; measure them together")
    parts = [
        "# Results",
        "`motion-transfer measure` or `compare` wrote this page. To change it, run the command again.",
        _setup(measured),
        "## How to read the figures",
        METRICS,
    ]
    for kind, (title, protocol) in PROTOCOLS.items():
        ofkind = [one for one in measured if one.kind == kind]
        if ofkind:
            parts += [f"## {title}", protocol, _scores(ofkind), *_verdicts(ofkind)]
            parts += _pictures(ofkind, sheets or {})
            parts += [f"### Seconds of each stage: {title.lower()}", _stages(ofkind)]
    if side_by_side := method_means(measured):
        parts += ["## Methods side by side", *side_by_side]
    parts += ["## What they cannot show", LIMITS]
    notes = [f"- {_title(one)}: {note}" for one in measured for note in one.fallbacks]
    if notes:
        parts += ["## What did not go as planned", "\n".join(notes)]
    return "\n\n".join(parts) + "\n"


def _setup(measured: Sequence[Measured]) -> str:
    setup, dates = measured[0].setup, sorted(one.date[:10] for one in measured)
    commits = sorted({one.setup.commit or "none, an installed package" for one in measured})
    machine = setup.machine
    versions = ", ".join(f"{name} {setup.versions[name]}" for name in PACKAGES if name in setup.versions)
    loads = [one.load for one in measured]
    rows = [
        ("measured", dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"),
        ("git commit", ", ".join(commits)),
        ("digest of code and settings", setup.code),
        ("versions", versions),
        ("processor", f"{machine.processor}, {machine.logical_cores} logical cores"),
        ("memory", f"{machine.memory_gb:.0f} GB"),
        ("device", machine.device),
        ("load before each measurement", f"{min(loads):.1f} to {max(loads):.1f} processes that compute"),
    ]
    return markdown_table(("what", "value"), rows)


def _scores(measured: Sequence[Measured]) -> str:
    """A row for every performer, and after those of a subject its baselines, which no method changes."""
    costs = [title for title, cost in COSTS.items() if any(cost(one.training) is not None for one in measured)]
    head = ("subject", "method", "steps", *costs, *titles())
    rows: list[tuple[str, ...]] = []
    for subject in dict.fromkeys(one.subject for one in measured):
        same = [one for one in measured if one.subject == subject]
        for one in same:
            method = f"performer, {one.method}, {one.minutes:g} minutes"
            spent = [cost or "not measured" for cost in (COSTS[title](one.training) for title in costs)]
            rows.append((subject, method, str(one.training.steps), *spent, *figures(one.scores["performer"])))
        for method, scores in same[0].scores.items():
            if method != "performer":
                rows.append((subject, CALLED.get(method, method), "", *[""] * len(costs), *figures(scores)))
    return markdown_table(head, rows)


def _verdicts(measured: Sequence[Measured]) -> list[str]:
    """In words: how far the person is above or below the best that needs no network."""
    lines = []
    for one in measured:
        person = one.scores["performer"].get(DECIDES)
        rivals = {
            name: found
            for name, scores in one.scores.items()
            if name != "performer" and (found := scores.get(DECIDES)) is not None
        }
        if person is None or not rivals:
            continue
        best = max(rivals, key=lambda name: rivals[name])
        gain = person - rivals[best]
        side = "above" if gain >= 0 else "below"
        lines.append(
            f"- {_title(one)}: the painted person is {abs(gain):.1f} dB {side} the best baseline, "
            f"{CALLED.get(best, best)}."
        )
    return ["\n".join(lines)] if lines else []


def _pictures(measured: Sequence[Measured], sheets: Mapping[str, str]) -> list[str]:
    """The sheets of these subjects."""
    shown = [subject for subject in dict.fromkeys(one.subject for one in measured) if subject in sheets]
    pictures = [f"![{subject}: the pose, the result, the truth]({sheets[subject]})" for subject in shown]
    return [SHEETS, *pictures] if pictures else []


def _stages(measured: Sequence[Measured]) -> str:
    """Stages down, measurements across."""
    names = {stage: cost.name for one in measured for stage, cost in one.stages.items()}
    rows = []
    for stage, name in names.items():
        row = [name]
        for one in measured:
            cost = one.stages.get(stage)
            row.append("" if cost is None else "found" if cost.seconds is None else f"{cost.seconds:.1f}")
        rows.append(tuple(row))
    legend = 'Where a cell says "found", another measurement or an interrupted one had made the result before.'
    return markdown_table(("stage", *(_title(one) for one in measured)), rows) + "\n\n" + legend


def _title(one: Measured) -> str:
    return f"{one.subject}, {one.method}, {one.minutes:g} minutes"
