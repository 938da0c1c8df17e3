"""Which person of a clip is meant, where there are several: the one at a point of the picture."""

import re

from motion_transfer.domain.value import value

LARGEST = "largest"
NUMBER = r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*"
POINT = re.compile(f"{NUMBER},{NUMBER}")


@value
class PersonPoint:
    """A point of a clip's pictures: fractions of width and height from the upper left corner, x right, y down.

    Raises:
        ValueError: it lies beside the picture.
    """

    x: float
    y: float

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise ValueError(
                f"expected a point with x and y from 0 to 1, got {self}; divide pixels by width and height"
            )

    def __str__(self) -> str:
        return f"{self.x:g},{self.y:g}"

    def turned(self, degrees: int) -> "PersonPoint":
        """The same point of the picture turned clockwise by 0, 90, 180 or 270 degrees."""
        x, y = self.x, self.y
        for _ in range(degrees // 90 % 4):
            x, y = 1 - y, x
        return PersonPoint(x=x, y=y)


def read_person(text: object, setting: str = "person") -> PersonPoint | None:
    """`largest` or nothing -> None, for the largest person; `x,y` -> a point on the person who is meant.

    Args:
        setting: what it was given for, for errors.

    Raises:
        ValueError: it is neither, or the point lies beside the picture.
    """
    if text in (None, "") or str(text) == LARGEST:
        return None
    found = POINT.fullmatch(str(text))
    if found is None:
        raise ValueError(
            f"expected {setting}={LARGEST} or {setting}=x,y, fractions of width and height from 0 to 1, "
            f"got {setting}={text}; try {setting}=0.5,0.5"
        )
    x, y = (float(number) for number in found.groups())
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(
            f"expected {setting}=x,y with fractions of width and height from 0 to 1, got {setting}={text}; "
            "divide pixels by width and height"
        )
    return PersonPoint(x=x, y=y)
