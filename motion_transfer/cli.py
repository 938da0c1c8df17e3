"""The command line: compose the configuration, run one command, turn a user's mistake into one line and exit code 2.

`motion-transfer COMMAND ...` and `python scripts/COMMAND.py ...` are the same thing.
"""

import atexit
import difflib
import gc
import importlib
import io
import logging
import os
import sys
import traceback
import warnings
from importlib.metadata import PackageNotFoundError, version

from omegaconf import OmegaConf

from motion_transfer.configuration.arguments import HELP, Arguments, parse
from motion_transfer.configuration.command_help import command_help, overview
from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.compose import compose, compose_unresolved, set_verbatim
from motion_transfer.configuration.mistakes import USER_MISTAKES, one_line
from motion_transfer.configuration.verbatim_settings import Verbatim
from motion_transfer.files.assets import show_traceback

NEW_OBJECTS = 10_000  # after so many the garbage collector looks for cycles; 700 by default


def main(argv: list[str] | None = None) -> None:
    """Entry point of the console command `motion-transfer`; without a command it prints what there is to run."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in HELP:
        print(overview())
    elif words[0] == "--version":
        print(f"motion-transfer {_version()}")
    elif words[0] in COMMANDS:
        run(words[0], words[1:])
    else:
        near = difflib.get_close_matches(words[0], COMMANDS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else "; motion-transfer --help describes them"
        print(
            f"motion-transfer: expected a command out of {', '.join(COMMANDS)}, got {words[0]!r}{hint}", file=sys.stderr
        )
        sys.exit(2)


def run(command: str, argv: list[str] | None = None) -> None:
    """Run one command and end the process: exit code 0 on success, 2 on a user's mistake, 1 on a defect of ours."""
    words = sys.argv[1:] if argv is None else argv
    _collect_seldom()
    _quieten()
    _print_any_name()
    try:
        arguments = parse(command, words)
        if arguments.help or arguments.config:
            print(command_help(command) if arguments.help else _shown(command, arguments), flush=True)
            return
        _execute(command, arguments)
    except BrokenPipeError:  # whoever read the output has seen enough, as in `--help | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        _report_interruption(command)
        sys.exit(130)
    except USER_MISTAKES as mistake:
        logging.getLogger(__name__).debug("".join(traceback.format_exception(mistake)))
        if show_traceback():
            raise
        print(f"{command}: error: {one_line(mistake)}", file=sys.stderr)
        sys.exit(2)


def _collect_seldom() -> None:
    """The half a million objects of what is imported stay until the end: to look among them for garbage takes seconds,
    while they are made and again when the process ends.
    """
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)


def _execute(command: str, arguments: Arguments) -> None:
    from motion_transfer.signals import CancelledBySignal, cancelled_by_signals  # not where help is asked for

    sys.path += map(str, arguments.config_dirs)  # where the user's own classes may be
    try:
        with cancelled_by_signals():
            config = compose(command, arguments.overrides, arguments.config_dirs, arguments.inputs)
            importlib.import_module(f"motion_transfer.commands.{command}").main(config)
    except CancelledBySignal as end:
        _report_interruption(command)
        sys.exit(end.exit_code)


def _report_interruption(command: str) -> None:
    print(f"\n{command}: interrupted; what was computed is kept, run the same command to go on", file=sys.stderr)


def _shown(command: str, arguments: Arguments) -> str:
    config = compose_unresolved(command, arguments.overrides, arguments.config_dirs)
    set_verbatim(config, {name: _as_text(given) for name, given in arguments.inputs.items()}, command)
    return OmegaConf.to_yaml(config, resolve=arguments.resolve).rstrip()


def _as_text(given: Verbatim) -> list[str] | str | None:
    if given is None:
        return None
    if isinstance(given, tuple):
        return [str(path).replace("${", r"\${") for path in given]
    return str(given).replace("${", r"\${")  # no reference to a setting


def _version() -> str:
    try:
        return version("motion-transfer")
    except PackageNotFoundError:
        return "of a checkout that is not installed"


def _print_any_name() -> None:
    """Names of files need not be text in the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _quieten() -> None:
    """One line a stage is what the user wants to see; libraries keep their advice to themselves."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("motion_transfer").setLevel(logging.INFO)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning)
