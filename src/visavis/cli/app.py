"""The group of commands: one module each, imported when it is called."""

from __future__ import annotations

from importlib import import_module

import click

from visavis.cli.config import read_defaults
from visavis.cli.language import translate_command
from visavis.errors import suggest
from visavis.version import __version__

COMMANDS = (
    "index",
    "search",
    "describe",
    "fetch",
    "train",
    "evaluate",
    "compare",
    "stats",
    "collections",
    "duplicates",
    "remove",
    "optimize",
    "watch",
    "verify",
    "export",
    "copy",
    "embed",
    "ui",
    "serve",
    "keys",
    "demo",
    "projector",
    "words",
    "models",
)


class LazyGroup(click.Group):
    """A group whose command `name` is in the module `visavis.cli.name`, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List all commands in the order of a first use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; None if it is unknown."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"visavis.cli.{cmd_name}").command
        return translate_command(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; for an unknown name, suggest the nearest one."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            ctx.fail(f"no such command: {args[0]!r}; {suggest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"show_default": True})
@click.version_option(__version__, message="visavis %(version)s")
@click.pass_context
def visavis(context: click.Context) -> None:
    """Search images by text and texts by image, in English and French."""
    context.default_map = read_defaults(context, visavis)
