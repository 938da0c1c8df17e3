"""The distance between patches of synthesized and of filmed people: their maximum mean discrepancy.

PSNR and SSIM compare pixel with pixel, so that a blur scores better than sharp cloth a few pixels off. Sets of patches
know nothing of position: blur, noise and checkerboards show, a small shift does not.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from motion_transfer.domain.video import Frame
from motion_transfer.training.distances import GaussianMixture, mmd_unbiased

SIDE_PX = 7
PER_FRAME, MAX_PATCHES = 64, 2000
KERNEL = GaussianMixture((0.1, 0.2, 0.4, 0.8))  # patches of cloth differ by about 0.2, edges by about 1


@dataclass
class PatchDistance:
    """Gathers patches of synthesized and of true frames, and compares the two sets."""

    _painted: list[np.ndarray] = field(default_factory=list, init=False, repr=False)
    _true: list[np.ndarray] = field(default_factory=list, init=False, repr=False)

    def add(self, painted: Frame, truth: Frame, where: Bool[np.ndarray, "height width"]) -> None:
        """Draw patches that lie wholly inside `where`, at positions of their own in each of the two frames."""
        inside = cv2.erode(where.astype(np.uint8), np.ones((SIDE_PX, SIDE_PX), np.uint8), borderValue=[0])
        centres = np.argwhere(inside)
        if not len(centres):
            return
        draw = np.random.default_rng(len(self._true))
        for frame, found in ((painted, self._painted), (truth, self._true)):
            found.append(_patches(frame, centres[draw.integers(len(centres), size=PER_FRAME)]))

    @property
    def count(self) -> int:
        """How many patches of each were drawn."""
        return sum(len(patches) for patches in self._true)

    def value(self) -> float:
        """Squared maximum mean discrepancy, unbiased (Gretton et al. 2012, eq. 3): about 0 for equal patterns.

        NaN where no patch was found.
        """
        if not self._true:
            return float("nan")
        return float(mmd_unbiased(KERNEL, *self.sets()))

    def sets(self) -> tuple[Float[torch.Tensor, "patch value"], Float[torch.Tensor, "patch value"]]:
        """Painted and true patches, `MAX_PATCHES` of each at most."""
        painted, true = (torch.from_numpy(np.concatenate(found)) for found in (self._painted, self._true))
        step = max(1, -(-len(true) // MAX_PATCHES))
        return painted[::step], true[::step]


def _patches(frame: Frame, centres: Int[np.ndarray, "patch 2"]) -> Float[np.ndarray, "patch value"]:
    """Luminance around the given pixels, in [0, 1], without its mean: brightness is not compared."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    offsets = np.arange(SIDE_PX) - SIDE_PX // 2
    rows = (centres[:, 0, None] + offsets)[:, :, None]
    columns = (centres[:, 1, None] + offsets)[:, None]
    patches = grey[rows, columns].reshape(len(centres), -1)
    return patches - patches.mean(1, keepdims=True)
