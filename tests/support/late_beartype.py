"""beartype for jaxtyping's hook, which writes a function's checks when that is called first.

Writing them for the whole package takes longer than most files of tests, and no file calls more than a part of it.
"""

from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype

CONFIGURATION = BeartypeConf(is_pep484_tower=True)


def late_beartype(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its types checked in every call.

    Args:
        function: jaxtyping calls one with the parameters and, after the call, one with parameters and result. The
            sizes of axes are remembered from one to the other, so that the second need look at the result alone.
    """
    checked: Callable[..., Any] | None = None

    def late(*given: Any, **named: Any) -> Any:
        nonlocal checked
        if checked is None:
            result = function.__annotations__.get("return", Any)
            if result is not Any:
                function.__annotations__ = {"return": result}
            checked = beartype(function, conf=CONFIGURATION)
        return checked(*given, **named)

    return late
