"""The group of commands: one file a command, of which only the one called is imported."""

from __future__ import annotations

from importlib import import_module

import click

from visavis import __version__

COMMANDS = (
    "index",
    "search",
    "describe",
    "train",
    "evaluate",
    "compare",
    "stats",
    "remove",
    "serve",
    "keys",
    "demo",
    "projector",
    "words",
    "models",
)


class LazyGroup(click.Group):
    """Finds the command `name` in the module `visavis.cli.name` when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the names of all commands in the order of a first use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"visavis.cli.{cmd_name}").command
        return command


@click.group(cls=LazyGroup, context_settings={"show_default": True})
@click.version_option(__version__, message="visavis %(version)s")
def visavis() -> None:
    """Search images with texts and texts with images, in English and French."""
