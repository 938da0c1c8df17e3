"""Running a command that has to fail as a user's mistake."""

import re
from pathlib import Path

import pytest

from motion_transfer import cli


class Failure:
    """Runs a command that has to fail as a user's mistake, and gives its only line."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self.capfd = capfd

    def __call__(self, command: str, *words: str | Path, after: int = 0) -> str:
        """`after` is how many stages may have been finished before, each of which has told its time."""
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.run(command, [str(word) for word in words])
        said = self.capfd.readouterr()
        lines = said.err.splitlines()
        assert ended.value.code == 2
        assert len(lines) == 1 + after, said.err
        assert not said.out
        assert re.match(rf"{command}: error: (expected |`\S+` is )", lines[-1]), said.err
        return lines[-1]
