"""The box around a person in a picture, independent of the picture's resolution."""

from motion_transfer.domain.value import value
from motion_transfer.domain.video import ImageSize


@value
class BoundingBox:
    """Edges as fractions of the picture's width and height; may reach beyond the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Fraction of the picture's height."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """Fraction of the picture's width."""
        return self.right - self.left

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, x and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, margin: float, size: ImageSize) -> "BoundingBox":
        """The box with as many pixels more on every side as `margin`, a fraction of the picture's height, has."""
        beside = margin * size.height / size.width
        return BoundingBox(
            left=self.left - beside, top=self.top - margin, right=self.right + beside, bottom=self.bottom + margin
        )

    def toward(self, other: "BoundingBox", fraction: float) -> "BoundingBox":
        """The box on the way to another one: at 0 this one, at 1 the other."""
        left, top, right, bottom = (
            (1 - fraction) * one + fraction * two
            for one, two in (
                (self.left, other.left),
                (self.top, other.top),
                (self.right, other.right),
                (self.bottom, other.bottom),
            )
        )
        return BoundingBox(left=left, top=top, right=right, bottom=bottom)

    def iou(self, other: "BoundingBox") -> float:
        """Intersection over union with another box."""
        width = max(0.0, min(self.right, other.right) - max(self.left, other.left))
        height = max(0.0, min(self.bottom, other.bottom) - max(self.top, other.top))
        union = self._area() + other._area() - width * height
        return width * height / union if union > 0 else 0.0

    def pixels(self, size: ImageSize, *, margin: float) -> tuple[slice, slice]:
        """Rows and columns of the box in a picture of this size.

        Args:
            margin: by which the box grows on every side, as a fraction of its height.
        """
        grow_y = self.height * margin
        grow_x = grow_y * size.height / size.width
        top, bottom = (self.top - grow_y) * size.height, (self.bottom + grow_y) * size.height
        left, right = (self.left - grow_x) * size.width, (self.right + grow_x) * size.width
        rows = slice(max(0, int(top)), min(size.height, int(bottom)))
        columns = slice(max(0, int(left)), min(size.width, int(right)))
        return rows, columns

    def _area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)
