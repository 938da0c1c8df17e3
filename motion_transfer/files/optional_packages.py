"""Packages that only an extra of the project installs."""

from importlib.util import find_spec


def check_installed(module: str, package: str, use: str, extra: str) -> None:
    """Fail before any work where a package is asked for and absent.

    Args:
        module: what is imported of it.
        use: what it is asked for, such as `.c3d files`.
        extra: of the project, which brings it.

    Raises:
        ValueError: it is not installed.
    """
    if find_spec(module) is None:
        raise ValueError(
            f"expected the package {package} for {use}, found none; pip install 'motion-transfer[{extra}]'"
        )
