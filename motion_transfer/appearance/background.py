"""What stands behind a performer in place of the target's own room: a picture, or one colour to key out elsewhere."""

import re
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.domain.value import value
from motion_transfer.domain.video import Frame, ImageSize
from motion_transfer.files.pictures import read_rgb

OWN = "target"
COLOURS = {  # green and blue as screens for keying are painted
    "green": (0, 177, 64),
    "blue": (0, 71, 187),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (127, 127, 127),
}
HEX = re.compile(r"#([0-9a-fA-F]{6})")


@value
class Background:
    """A picture of any size, or a single pixel of one colour.

    Attributes:
        name: what the user calls it.
    """

    rgb: Frame
    name: str

    @property
    def plain(self) -> bool:
        """Whether it is one colour, on which nobody casts a shadow."""
        return self.rgb.shape[:2] == (1, 1)

    def covering(self, size: ImageSize) -> Frame:
        """The picture scaled until it covers frames of this size, and cropped to them in its middle."""
        height, width = self.rgb.shape[:2]
        scale = max(size.height / height, size.width / width)
        tall, wide = max(size.height, round(height * scale)), max(size.width, round(width * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        scaled = cv2.resize(self.rgb, (wide, tall), interpolation=how)
        top, left = (tall - size.height) // 2, (wide - size.width) // 2
        return np.ascontiguousarray(scaled[top : top + size.height, left : left + size.width])

    def note(self, size: ImageSize) -> str:
        """What stands behind the person, and what was done to it, in one sentence for the report."""
        if self.plain:
            return f"The background is {self.name} in place of the target's room, and nobody casts a shadow on it."
        own = ImageSize(height=self.rgb.shape[0], width=self.rgb.shape[1])
        if (own.height, own.width) == (size.height, size.width):
            return f"The background is {self.name} in place of the target's room."
        return (
            f"The background is {self.name} in place of the target's room; of {own} pixels, it was scaled to cover "
            f"the result's {size} and cropped to them."
        )


def read_background(text: object) -> Background | None:
    """`target` or nothing -> None; `green` and its like, or `#00b140` -> one colour; otherwise a PNG or JPEG file.

    Raises:
        ValueError: there is no such file or colour, or the file is no picture.
    """
    name = str(text)
    if text in (None, "") or name == OWN:
        return None
    code = HEX.fullmatch(name)
    colour = tuple(bytes.fromhex(code[1])) if code else COLOURS.get(name)
    if colour is not None:
        return Background(rgb=np.array([[colour]], np.uint8), name=name)
    path = Path(name)
    if not path.is_file():
        raise ValueError(
            f"expected background={OWN}, {', '.join(COLOURS)}, a colour such as #00b140, or a PNG or JPEG file, "
            f"got {name}; check the name"
        )
    return Background(rgb=read_rgb(path), name=path.name)
