"""Close-ups beside a figure: pixel by pixel, twice as large where they are tiny, never smaller."""

import numpy as np
from random_pictures import noise

from motion_transfer.evaluation.close_ups import ENLARGED, TINY_PX, beside, close_ups
from motion_transfer.evaluation.cutouts import cut_out
from motion_transfer.evaluation.sheet import LABEL_HEIGHT_PX, SheetCollector
from motion_transfer.evaluation.sheet_style import GAP_PX


def test_a_cutout_is_the_very_pixels_and_black_beyond_the_picture() -> None:
    frame = noise(0, 40, 50)
    np.testing.assert_array_equal(cut_out(frame, np.array([10.2, 5.0, 30.4, 25.0])), frame[5:25, 10:30])
    corner = cut_out(frame, np.array([-3.0, -2.0, 4.0, 5.0]))
    np.testing.assert_array_equal(corner[2:, 3:], frame[:5, :4])
    assert not corner[:2].any()
    assert not corner[:, :3].any()
    assert not cut_out(frame, np.array([60.0, 50.0, 70.0, 70.0])).any()
    assert cut_out(frame, np.array([5.0, 5.0, 5.0, 5.0])).shape == (1, 1, 3)


def test_a_tiny_close_up_is_enlarged_and_a_large_one_stays_as_it_is() -> None:
    frame = noise(0, 300, 300)
    boxes = np.array([[0.0, 0.0, TINY_PX, TINY_PX], [0.0, 0.0, 20.0, 30.0], [10.0, 0.0, 290.0, 280.0]])
    plain, enlarged, large = close_ups(frame, boxes)
    np.testing.assert_array_equal(plain, frame[:TINY_PX, :TINY_PX])
    assert enlarged.shape == (30 * ENLARGED, 20 * ENLARGED, 3)
    np.testing.assert_array_equal(large, frame[:280, 10:290])


def test_close_ups_stand_right_of_the_figure_in_columns() -> None:
    figure = np.full((100, 40, 3), 10, np.uint8)
    whole = beside(figure, [np.full((48, 30, 3), level, np.uint8) for level in (50, 60, 70)])
    assert whole.shape == (100, 40 + 2 * (GAP_PX + 30), 3)
    assert (whole[:, :40] == 10).all()
    assert (whole[:48, 44:74] == 50).all()
    assert (whole[52:, 44:74] == 60).all()
    assert (whole[:48, 78:] == 70).all()
    assert beside(figure, []) is figure


def test_a_row_grows_with_a_close_up_taller_than_its_figures() -> None:
    collector = SheetCollector(["truth", "result"], columns=1, frame_count=1, height=60)
    figure, hand = np.full((120, 80, 3), 90, np.uint8), noise(0, 150, 70)
    collector.add("truth", 0, figure)
    collector.add("result", 0, figure, [hand])
    sheet = collector.sheet(fps=25)
    assert sheet.shape[0] == LABEL_HEIGHT_PX + 2 * (LABEL_HEIGHT_PX + GAP_PX) + 60 + 150
    top = 3 * LABEL_HEIGHT_PX + 60 + GAP_PX
    assert (sheet[2 * LABEL_HEIGHT_PX : 2 * LABEL_HEIGHT_PX + 60, GAP_PX : GAP_PX + 40] == 90).all()
    assert (sheet[top : top + 60, GAP_PX : GAP_PX + 40] == 90).all()  # below the other figure
    np.testing.assert_array_equal(sheet[top : top + 150, GAP_PX + 40 + GAP_PX :][:, :70], hand)
