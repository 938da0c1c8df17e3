"""Small pictures of training without a plotting library: tensors in, PNG files out."""

import struct
import zlib
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def tile(images: Float[Tensor, "image 3 height width"], *, columns: int, gap_px: int) -> Float[Tensor, "3 tall wide"]:
    """Lay images out in rows, with a white gap around each."""
    if columns < 1:
        raise ValueError(f"expected at least 1 column, got {columns}; raise it")
    missing = -len(images) % columns
    padded = functional.pad(images, (0, gap_px, 0, gap_px), value=1.0)
    blank = torch.ones(missing, *padded.shape[1:], dtype=images.dtype, device=images.device)
    rows = torch.cat([padded, blank]).unflatten(0, (-1, columns))
    grid = rows.permute(2, 0, 3, 1, 4).flatten(3).flatten(1, 2)
    return functional.pad(grid, (gap_px, 0, gap_px, 0), value=1.0)


def write_png(path: Path, rgb: Float[Tensor, "3 height width"]) -> None:
    """Write values in [0, 1] as an 8-bit PNG (ISO/IEC 15948); values beyond are cut off."""
    pixels = (rgb.detach().float().clamp(0, 1) * 255).round().byte().cpu().permute(1, 2, 0).contiguous().numpy()
    height, width = pixels.shape[:2]
    scanlines = b"".join(b"\0" + row.tobytes() for row in pixels)  # 0: this row is stored unfiltered
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(scanlines)), (b"IEND", b"")]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
    )
