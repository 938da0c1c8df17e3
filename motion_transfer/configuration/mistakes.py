"""What a user can mend -> one line that says what was expected, what came and what to do."""

from hydra.errors import HydraException, InstantiationException
from omegaconf.errors import OmegaConfBaseException

USER_MISTAKES = (ValueError, OSError, HydraException, OmegaConfBaseException)


def one_line(error: BaseException) -> str:
    """The message of the error that the user can act on, on one line; what a file says can steer no terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in _message(error))


def _message(error: BaseException) -> str:
    while isinstance(error, InstantiationException) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, OSError) and error.strerror:
        if error.filename is None:
            return " ".join(error.strerror.split())  # without the number in front
        return f"expected to use {error.filename}, got {error.strerror.lower()}; check its path and permissions"
    return " ".join(str(error).split()) or type(error).__name__
