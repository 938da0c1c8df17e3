"""A composed configuration -> the command line that gives it again."""

import shlex

from omegaconf import DictConfig, OmegaConf

from motion_transfer.configuration.command_table import COMMANDS
from motion_transfer.configuration.compose import defaults
from motion_transfer.configuration.verbatim_settings import FILES, LISTS, NESTED_FILES, TEXTS


def typed_command(command: str, config: DictConfig) -> str:
    """What to paste into a shell for the same run, from the folder where this one was started.

    Args:
        config: as `compose` gives it, which notes the overrides in it.
    """
    by_place = COMMANDS[command].inputs
    words = ["motion-transfer", command]
    words += [str(config[name]) for name in by_place if name not in LISTS and config[name] is not None]
    words += [f"--config-dir={folder}" for folder in config.given.config_dirs]
    usual = OmegaConf.create(defaults(command))
    for name in (*FILES, *NESTED_FILES, *TEXTS):
        text = OmegaConf.select(config, name)
        if name not in by_place and text not in (None, OmegaConf.select(usual, name, throw_on_missing=False)):
            words.append(f"{name}={text}")
    return shlex.join([*words, *config.given.overrides])
