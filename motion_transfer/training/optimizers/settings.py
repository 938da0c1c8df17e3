"""Range checks of optimizers' settings."""


def check_positive(name: str, number: float) -> None:
    """Raise ValueError unless the number is above 0."""
    if not number > 0:
        raise ValueError(f"expected {name} above 0, got {number}; raise it")


def check_not_negative(name: str, number: float) -> None:
    """Raise ValueError if the number is below 0."""
    if not number >= 0:
        raise ValueError(f"expected {name} of at least 0, got {number}; raise it")


def check_fraction(name: str, number: float) -> None:
    """Raise ValueError unless the number lies in [0, 1)."""
    if not 0 <= number < 1:
        raise ValueError(f"expected {name} in [0, 1), got {number}; it is the fraction of the past that is kept")
