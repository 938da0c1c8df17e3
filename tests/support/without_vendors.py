"""`python without_vendors.py COMMAND WORDS`: a command where neither mediapipe nor anny is installed."""

import sys

from motion_transfer.cli import main

if __name__ == "__main__":
    assert not {"mediapipe", "anny"} & set(sys.modules), "imported before they are needed"
    sys.modules["mediapipe"] = sys.modules["anny"] = None  # pyright: ignore[reportArgumentType]
    main()
