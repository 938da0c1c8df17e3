"""Import this before the package: then calls in it are checked against the types and shapes of their signatures.

Each function is checked in its first calls of every test. Loops call some functions thousands of times with arguments
of the same kind, and to check them all would take a fifth of the tests' time.
"""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jaxtyping

CHECKED_CALLS = 20  # of each function in each test

sys.dont_write_bytecode = False  # compiling the package with its checks takes longer than most tests
_in_every_call = jaxtyping.jaxtyped
_tests_begun = 0


def begin_test() -> None:
    """Check the first calls of all functions again."""
    global _tests_begun
    _tests_begun += 1


def in_first_calls(target: Any = None, *, typechecker: Callable[..., Any]) -> Any:
    """In place of `jaxtyped`, with which jaxtyping's hook decorates all functions and classes of the package.

    The checks are written when the function is called first. Values are checked whenever they are made.
    """
    again = functools.partial(in_first_calls, typechecker=typechecker)
    if target is None:
        return again
    if isinstance(target, classmethod | staticmethod):
        return type(target)(again(target.__func__))
    if isinstance(target, property):
        return property(*(part and again(part) for part in (target.fget, target.fset, target.fdel)))
    if isinstance(target, type):
        return _in_every_call(target, typechecker=typechecker)
    checked: Callable[..., Any] | None = None
    test, left = -1, 0

    @functools.wraps(target)
    def call(*given: Any, **named: Any) -> Any:
        nonlocal checked, test, left
        if test != _tests_begun:
            test, left = _tests_begun, CHECKED_CALLS
        if not left:
            return target(*given, **named)
        left -= 1
        if checked is None:
            checked = _in_every_call(target, typechecker=typechecker)
        return checked(*given, **named)

    return call


jaxtyping.jaxtyped = in_first_calls
jaxtyping.install_import_hook("motion_transfer", "late_beartype.late_beartype")


@contextmanager
def unchecked() -> Iterator[None]:
    """Without the checks, as users run the package, to see what it says itself about a wrong argument."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)
