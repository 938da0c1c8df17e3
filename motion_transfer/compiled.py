"""Loops over pixels, compiled to machine code: for what no array operation says in one step."""

import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a function of arrays and numbers when it is first called; the machine code is kept on disk.

    It lets other threads run meanwhile. It must not raise, nor index beyond an array: nobody checks.
    """
    # Checks of shapes, where they are switched on, stay with the functions that call this one.
    return cast("Callable[Arguments, Result]", numba.njit(nogil=True, cache=True)(inspect.unwrap(function)))
