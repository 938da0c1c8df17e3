"""A part of the chain is made of the call in its file, or one line says what is wrong with the file or the class."""

import pytest
from own_parts import FlatMap, OneColour

from motion_transfer.appearance.inpainting import Inpainter
from motion_transfer.body.model import BodyModel
from motion_transfer.configuration.parts import make_part
from motion_transfer.rendering.map_renderer import MapRenderer


def made(place: str = "registration.inpainter", **settings: object) -> Inpainter:
    return make_part(settings, place, Inpainter)


def test_a_part_is_made_of_the_call_in_its_file() -> None:
    assert made(_target_="own_parts.OneColour", grey=9) == OneColour(9)


@pytest.mark.parametrize("partial", [{}, {"_partial_": True}])
def test_what_no_file_can_hold_is_given_to_it_as_it_is(tiny_body: BodyModel, partial: dict[str, bool]) -> None:
    settings = {"_target_": "own_parts.FlatMap", "level": 0.5, **partial}
    found = make_part(settings, "condition", MapRenderer, model=tiny_body)
    assert isinstance(found, FlatMap)
    assert found.model is tiny_body


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"_target_": "own_parts.OneColour", "gray": 9}, r"got: OneColour.__init__\(\) got an unexpected .* 'gray'"),
        ({"_target_": "own_prts.OneColour"}, r"got: .*No module named 'own_prts'.* make the class importable"),
        (
            {"_target_": "fractions.Fraction"},
            r"registration.inpainter to satisfy Inpainter, got Fraction; give it",
        ),
        ({"_target_": "fractions.Fraction", "numerator": "x"}, r"^Invalid literal for Fraction: 'x'$"),
    ],
)
def test_a_wrong_file_or_class_is_told_in_one_line(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message) as mistake:
        made(**settings)
    assert "\n" not in str(mistake.value)


def test_a_wrong_setting_next_to_what_no_file_can_hold_is_told_as_well(tiny_body: BodyModel) -> None:
    with pytest.raises(ValueError, match=r"expected condition to be a call of own_parts.FlatMap that works, got"):
        make_part({"_target_": "own_parts.FlatMap", "levl": 1}, "condition", MapRenderer, model=tiny_body)
