"""All that is measured of a method's frames against the true ones, pixel by pixel and pattern by pattern."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from motion_transfer.domain.video import Frame
from motion_transfer.evaluation.detail import DetailRatio
from motion_transfer.evaluation.metrics import ClipScore
from motion_transfer.evaluation.patches import PatchDistance


@dataclass
class TextureScore:
    """How much detail there is, and of what kind, in one method's frames or in cutouts of them."""

    _detail: DetailRatio = field(default_factory=DetailRatio, init=False)
    _patches: PatchDistance = field(default_factory=PatchDistance, init=False)

    def add(self, painted: Frame, truth: Frame, person: Bool[np.ndarray, "height width"]) -> None:
        """Score one frame, or one cutout of it."""
        if person.any():
            self._detail.add(painted, truth, person)
            self._patches.add(painted, truth, person)

    def summary(self) -> dict[str, float | int]:
        """`detail` and `patch_mmd`; NaN where one has no value."""
        return {"detail": self._detail.value(), "patch_mmd": self._patches.value()}


@dataclass
class PictureScore:
    """Scores of one method's frames, gathered while they stream by."""

    _clip: ClipScore = field(default_factory=ClipScore, init=False)
    _texture: TextureScore = field(default_factory=TextureScore, init=False)

    def add(
        self,
        painted: Frame,
        truth: Frame,
        person: Bool[np.ndarray, "height width"],
        held: Bool[np.ndarray, "height width"] | None = None,
    ) -> None:
        """Score one frame.

        Args:
            held: what the person holds, which nobody asked to be painted; detail and patches leave it out.
        """
        asked_for = person if held is None else person & ~held
        self._clip.add(painted, truth, person, held)
        self._texture.add(painted, truth, asked_for)

    def summary(self) -> dict[str, float | int]:
        """The figures of `ClipScore.summary` with `detail` and `patch_mmd`; NaN where one has no value."""
        return {**self._clip.summary(), **self._texture.summary()}
