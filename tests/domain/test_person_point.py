"""Whom the user means: the largest person, or the one at a point of the picture."""

import pytest

from motion_transfer.domain.person_point import PersonPoint, read_person


@pytest.mark.parametrize("text", ["largest", "", None])
def test_nobody_in_particular_is_the_largest(text: str | None) -> None:
    assert read_person(text) is None


@pytest.mark.parametrize("text", ["0.25,.5", " 0.25 , 0.50 "])
def test_a_point_is_read_as_fractions_of_width_and_height(text: str) -> None:
    point = read_person(text)
    assert point is not None
    assert (point.x, point.y, str(point)) == (0.25, 0.5, "0.25,0.5")
    assert str(read_person(str(point))) == str(point)


@pytest.mark.parametrize("text", ["second", "0.5", "0.5;0.5", "0.5,0.5,0.5", "nan,0.5", "[0.5,0.5]", "0.5,"])
def test_what_is_no_point_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^expected source_person=largest or source_person=x,y, .* try source_person="
    ):
        read_person(text, "source_person")


@pytest.mark.parametrize("text", ["883,250", "1.01,0.5", "0.5,-0.1"])
def test_a_point_beside_the_picture_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 1, got person={text}; divide pixels by width and height"):
        read_person(text)
    x, y = map(float, text.split(","))
    with pytest.raises(ValueError, match="expected a point with x and y from 0 to 1"):
        PersonPoint(x=x, y=y)


@pytest.mark.parametrize(("degrees", "x", "y"), [(0, 0.2, 0.1), (90, 0.9, 0.2), (180, 0.8, 0.9), (270, 0.1, 0.8)])
def test_a_point_turns_clockwise_with_its_picture(degrees: int, x: float, y: float) -> None:
    turned = PersonPoint(x=0.2, y=0.1).turned(degrees)
    assert (turned.x, turned.y) == (pytest.approx(x), pytest.approx(y))
