"""How well the parts of a result turned out: records in numbers, for the report."""

from typing import Literal

from motion_transfer.domain.value import value

TrainingEnd = Literal["budget", "no_gain", "on_request"]


@value
class RetargetingQuality:
    """How well a motion was carried over to another body.

    Attributes:
        foot_skate_cm_per_s: median horizontal speed of planted ankles; NaN where none is planted for two frames.
        foot_skate_p90_cm_per_s: its 90th percentile.
        leg_length_ratio: the target's legs over the source's.
    """

    foot_skate_cm_per_s: float
    foot_skate_p90_cm_per_s: float
    leg_length_ratio: float


@value
class TrainingRun:
    """What a training did; `device` is e.g. `cpu` or `cuda`.

    Attributes:
        seconds: of training, without validation; those before a resumption included.
        ended: because its budget was spent, the held-out frames gained no more, or someone asked for it.
        steps_per_s: without validation and the first step, which warms up; None where it was not measured.
        gpu_memory_mib: the most that tensors took on a GPU; None on a CPU.
    """

    steps: int
    seconds: float
    device: str
    ended: TrainingEnd = "budget"
    steps_per_s: float | None = None
    gpu_memory_mib: float | None = None


@value
class HeldOutScores:
    """Self-reenactment on frames that were kept out of training, in the person's crop.

    Attributes:
        psnr, psnr_person, psnr_person_without_held: of the picture, of the person, and without what the person holds.
        frames: how many.
    """

    psnr: float
    psnr_person: float
    psnr_person_without_held: float
    ssim: float
    flicker: float
    frames: int


NOT_SCORED = HeldOutScores(psnr=0.0, psnr_person=0.0, psnr_person_without_held=0.0, ssim=0.0, flicker=0.0, frames=0)
