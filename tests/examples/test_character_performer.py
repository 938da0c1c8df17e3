"""Footage of a character whose fit is given makes a performer by the character's own body."""

from fractions import Fraction
from pathlib import Path

import pytest
from quick_transfer import QUICK

from character_performer import CharacterFilm, film_and_learn
from motion_transfer.domain.video import ImageSize
from motion_transfer.files.bodies import load_body
from motion_transfer.performers.storage import load_performer


@pytest.mark.soak
@pytest.mark.slow
def test_a_filmed_character_does_another_dance(tmp_path: Path) -> None:
    film = CharacterFilm(
        character="missing hands",
        size=ImageSize(height=160, width=128),
        fps=Fraction(10),
        filmed_s=1.6,
        danced_s=1.0,
        words=(*QUICK, "progress=none", f"work_dir={tmp_path / 'work'}"),
    )
    found = film_and_learn(tmp_path / "out", film)
    assert found.overlap > 0.65
    assert found.colour_difference < 0.4 * found.background_difference
    body = load_body("character", None, character=tmp_path / "out" / "character.body.npz")
    (learned,) = (tmp_path / "work" / "learn").glob("[!.]*")
    assert load_performer(learned).model.digest() == body.digest()
