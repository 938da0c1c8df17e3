"""What is fitted here are the clips that the fitter is tested with."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "fitting"))  # for `known_clips`
