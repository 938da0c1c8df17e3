"""Soft person masks of a whole clip, kept compressed: about 2 kB a frame."""

import zlib

import numpy as np
from jaxtyping import UInt8

from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize


@value
class Masks:
    """One soft mask a frame (0 background, 255 person) covering the whole frame at the resolution `size`."""

    compressed: tuple[bytes, ...]
    size: ImageSize

    def __len__(self) -> int:
        return len(self.compressed)

    def __getitem__(self, frame: int) -> UInt8[np.ndarray, "height width"]:
        pixels = self.size.height * self.size.width
        flat = zlib.decompressobj().decompress(self.compressed[frame], pixels + 1)  # no more than there should be
        if len(flat) != pixels:
            raise ValueError(f"expected a mask of {self.size} in frame {frame}, got another size; make it again")
        return np.frombuffer(flat, np.uint8).reshape(self.size.height, self.size.width)

    @staticmethod
    def compress(mask: UInt8[np.ndarray, "height width"]) -> bytes:
        """The bytes to store for one mask; values are rounded to 16 levels, which keeps 0 and 255 exact."""
        return zlib.compress(((mask.astype(np.uint16) + 8) // 17 * 17).astype(np.uint8).tobytes(), 1)
