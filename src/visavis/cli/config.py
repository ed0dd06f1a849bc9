"""The user's settings: defaults of options, in a TOML file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from visavis.errors import VisavisError, suggest

VARIABLE = "VISAVIS_CONFIG"
FILE = "config.toml"
HERE = ".visavis"
"""The collection of the current folder."""
EVERYWHERE = ("collection", "model", "k")
"""Keys at the top of the file: they are for each command that has such an option."""
_TEXTS = ("collection", "model")


class ConfigError(VisavisError):
    """A file of settings that cannot be read, or has keys or values that mean nothing."""


def config_folder(*parts: str) -> Path:
    """Return the folder `parts` inside the user's settings; it may not exist yet.

    The settings are in VISAVIS_CONFIG if that is set, else where the system keeps settings:
    XDG_CONFIG_HOME or ~/.config, ~/Library/Application Support, %APPDATA%.
    """
    own = os.environ.get(VARIABLE)
    return (Path(own).expanduser() if own else _system_folder()).joinpath(*parts)


def _system_folder() -> Path:
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "visavis"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "visavis"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "visavis"


def read_defaults(context: click.Context, group: click.Group) -> dict[str, Any]:
    """Return the defaults for the invoked command, as `Context.default_map` takes them.

    An option of the command line or of the environment goes before. Raises ConfigError.
    """
    file = config_folder(FILE)
    name = context.invoked_subcommand
    if name is None or not file.is_file():
        return {}
    settings = _read(file)
    commands = group.list_commands(context)
    _refuse_unknown(file, settings, (*EVERYWHERE, *commands))
    common = {key: settings[key] for key in EVERYWHERE if key in settings}
    command = group.get_command(context, name)
    assert command
    return {name: _Reader(file, common).defaults(context, command, settings.get(name, {}), name)}


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text("utf-8-sig"))  # as Windows' editors may write it
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from None


class _Reader:
    def __init__(self, file: Path, common: dict[str, Any]) -> None:
        self._file = file
        self._common = common

    def defaults(
        self, context: click.Context, command: click.Command, table: Any, name: str
    ) -> dict[str, Any]:
        """Return the defaults of a command's parameters, or of a group's commands."""
        if not isinstance(table, dict):
            raise ConfigError(f"{self._file}: {name}: write a table, [{name}], with options")
        if isinstance(command, click.Group):
            inner = command.commands
            _refuse_unknown(self._file, table, inner, f"[{name}] ")
            return {
                one: self.defaults(context, inner[one], table.get(one, {}), f"{name}.{one}")
                for one in inner
            }
        options = {_key(one): one for one in command.params if isinstance(one, click.Option)}
        _refuse_unknown(self._file, table, options, f"[{name}] ")
        chosen = {key: value for key, value in self._common.items() if key in options} | table
        return {
            str(options[key].name): self._checked(context, options[key], key, value)
            for key, value in chosen.items()
        }

    def _checked(self, context: click.Context, option: click.Option, key: str, value: Any) -> Any:
        if key in _TEXTS and not isinstance(value, str):
            raise ConfigError(f"{self._file}: {key}: {value!r} is not a text")
        if option.multiple and not isinstance(value, list):
            raise ConfigError(f"{self._file}: {key}: write a list, {key} = [{value!r}]")
        try:
            option.type_cast_value(context, value)
        except click.BadParameter as error:
            raise ConfigError(f"{self._file}: {key}: {error.message}") from None
        return value


def _key(option: click.Option) -> str:
    """Return the key of an option: its name without dashes in front."""
    return max(option.opts, key=len).lstrip("-")


def _refuse_unknown(file: Path, found: Any, known: Any, where: str = "") -> None:
    for key in found:
        if key not in known:
            raise ConfigError(f"{file}: unknown key {where}{key!r}; {suggest(key, known)}")
