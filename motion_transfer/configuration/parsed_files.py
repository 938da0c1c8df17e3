"""A folder of YAML files -> the same for Hydra, each file read once in a process: most compositions take the same ones.

Hydra's plugins for sources of files and for its search path are how it lets others do so.
"""

import copy
from functools import cache
from typing import cast

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin

_FOLDERS: set[str] = set()


@cache
def read_once(folder: str) -> None:
    """Let Hydra read every file of a folder once where the folder is its main one; no file may change any more."""
    Plugins.instance().register(ParsedFiles)
    Plugins.instance().register(ParsedFolders)
    _FOLDERS.add(folder)


class ParsedFiles(ConfigSource):
    """Copies of what Hydra's own source of files gives."""

    @staticmethod
    def scheme() -> str:
        return "parsed"

    def load_config(self, config_path: str) -> ConfigResult:
        return copy.deepcopy(_loaded(self.provider, self.path, config_path))

    def is_group(self, config_path: str) -> bool:
        return _is_group(self.provider, self.path, config_path)

    def is_config(self, config_path: str) -> bool:
        return _is_config(self.provider, self.path, config_path)

    def available(self) -> bool:
        return self.is_group("")

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        return _files(self.provider, self.path).list(config_path, results_filter)


class ParsedFolders(SearchPathPlugin):
    """Has Hydra search the folders of `read_once` through `ParsedFiles`."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for element in search_path.get_path():
            if element.path in _FOLDERS:
                element.path = f"{ParsedFiles.scheme()}://{element.path}"


@cache
def _files(provider: str, folder: str) -> ConfigSource:
    """Hydra's own source of files."""
    sources = cast(list[type[ConfigSource]], Plugins.instance().discover(ConfigSource))
    (source,) = (one for one in sources if one.scheme() == "file")
    return source(provider, f"file://{folder}")


@cache
def _loaded(provider: str, folder: str, name: str) -> ConfigResult:
    return _files(provider, folder).load_config(name)


@cache
def _is_group(provider: str, folder: str, name: str) -> bool:
    return _files(provider, folder).is_group(name)


@cache
def _is_config(provider: str, folder: str, name: str) -> bool:
    return _files(provider, folder).is_config(name)
