import pytest

from motion_transfer.domain.video import ImageSize
from motion_transfer.landmarks.bounding_box import BoundingBox

BOX = BoundingBox(left=0.2, top=0.1, right=0.4, bottom=0.5)


def test_boxes_overlap_by_intersection_over_union() -> None:
    assert BOX.iou(BOX) == pytest.approx(1)
    half = BoundingBox(left=0.3, top=0.1, right=0.5, bottom=0.5)
    assert BOX.iou(half) == pytest.approx(1 / 3)
    assert BOX.iou(BoundingBox(left=0.5, top=0.1, right=0.7, bottom=0.5)) == 0


def test_a_margin_is_as_wide_as_high_in_pixels_and_ends_at_the_picture() -> None:
    rows, columns = BOX.pixels(ImageSize(height=100, width=200), margin=0.25)
    assert (rows, columns) == (slice(0, 60), slice(30, 90))
    rows, columns = BOX.pixels(ImageSize(height=100, width=200), margin=5.0)
    assert (rows, columns) == (slice(0, 100), slice(0, 200))
