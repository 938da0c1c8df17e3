"""Are painted people made of the same small patterns as filmed ones? A distance between sets of patches.

PSNR and SSIM compare pixel with pixel, so that a blur scores better than sharp cloth a few pixels off. Sets of patches
know nothing of place: blur, noise and checkerboards show, a small shift does not.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float

from motion_transfer.domain.video import Frame
from motion_transfer.training.distances import GaussianMixture, mmd_unbiased

SIDE_PX = 7
PER_FRAME, MOST = 64, 2000
KERNEL = GaussianMixture((0.1, 0.2, 0.4, 0.8))  # patches of cloth differ by about 0.2, edges by about 1


@dataclass
class PatchDistance:
    """Gathers patches of painted and of true frames, and compares the two sets."""

    _painted: list[np.ndarray] = field(default_factory=list, init=False, repr=False)
    _true: list[np.ndarray] = field(default_factory=list, init=False, repr=False)

    def add(self, painted: Frame, truth: Frame, where: Bool[np.ndarray, "height width"]) -> None:
        """Draw patches that lie wholly inside `where`, for both frames apart."""
        inside = cv2.erode(where.astype(np.uint8), np.ones((SIDE_PX, SIDE_PX), np.uint8), borderValue=[0])
        places = np.argwhere(inside)
        if not len(places):
            return
        draw = np.random.default_rng(len(self._true))
        for frame, found in ((painted, self._painted), (truth, self._true)):
            found.append(_patches(frame, places[draw.integers(len(places), size=PER_FRAME)]))

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
        """Painted and true patches, `MOST` of each at most."""
        painted, true = (torch.from_numpy(np.concatenate(found)) for found in (self._painted, self._true))
        step = max(1, -(-len(true) // MOST))
        return painted[::step], true[::step]


def _patches(frame: Frame, middles: np.ndarray) -> Float[np.ndarray, "patch value"]:
    """Luminance around the given pixels, in [0, 1], without its mean: light is judged elsewhere."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    offsets = np.arange(SIDE_PX) - SIDE_PX // 2
    rows = (middles[:, 0, None] + offsets)[:, :, None]
    columns = (middles[:, 1, None] + offsets)[:, None]
    patches = grey[rows, columns].reshape(len(middles), -1)
    return patches - patches.mean(1, keepdims=True)
