"""Files of markers in both formats, and the mistakes that they can hold."""

from pathlib import Path

import numpy as np
import pytest

from motion_transfer.files.markers_file import marker_positions, read_markers

KNOWN = ("nose", "left_knee", "right_knee")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("marks.json", '{"nose": 3, "left_knee": 12}'),
        ("marks.csv", "nose,3\nleft_knee,12\n"),
        ("marks.csv", "marker,vertex\nnose, 3\n\nleft_knee, 12\n"),
    ],
)
def test_both_formats_are_read(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    assert read_markers(tmp_path / name, KNOWN) == {"nose": 3, "left_knee": 12}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", '{"left_kne": 3}', "got 'left_kne'; did you mean 'left_knee'?"),
        ("a.json", '{"tail": 3}', "got 'tail'; motion-transfer markers lists them"),
        (
            "a.json",
            '{"nose": 3.5}',
            r"expected names of markers with a vertex number each, got .*a.json \(3.5 in place of",
        ),
        ("a.json", '{"nose": true}', r"got .*a.json \(True in place of a number\)"),
        ("a.json", "[1, 2]", "expected names of markers with a vertex number each"),
        ("a.json", "{", "expected names of markers with a vertex number each"),
        ("a.json", "{}", "expected at least one marker in .*, got none"),
        ("a.csv", "name,vertex\nnose,x\n", "expected names of markers with a vertex number each"),
        ("a.txt", "", "expected markers in a file that ends in .json, .csv, got a.txt"),
    ],
)
def test_mistakes_are_told_in_one_line(name: str, content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=said) as refused:
        read_markers(tmp_path / name, KNOWN)
    assert "\n" not in str(refused.value)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"expected names of markers with a vertex number each, found no file at .*a.json"
    ):
        read_markers(tmp_path / "a.json", KNOWN)


@pytest.mark.parametrize("number", [-1, 4, 10**9])
def test_a_number_that_is_no_vertex_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=rf"expected vertices from 0 to 3 in a.json, got {number} for 'nose'"):
        marker_positions(Path("a.json"), {"nose": number}, np.zeros((4, 3)))
