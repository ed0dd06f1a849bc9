"""The language of help and messages: that of the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

VARIABLES = ("VISAVIS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""Variables that name the language, such as fr_FR.UTF-8; the first that is set decides."""


def is_french() -> bool:
    """Tell whether to speak French; without a wish it is English."""
    named = next(filter(None, map(os.environ.get, VARIABLES)), "")
    return named.replace(".", "_").partition("_")[0].lower() == "fr"


def translate(text: str) -> str:
    """Return a message or a help text in the user's language, or as it is if it has none."""
    if not is_french():
        return text
    from visavis.cli.french import CATALOGUE

    return CATALOGUE.translate(text)


def translate_command(command: click.Command) -> click.Command:
    """Return a command whose help is in the user's language; in English, the same command."""
    if not is_french():
        return command
    from visavis.cli.translation import translated_command

    return translated_command(command, translate)


def translate_click() -> None:
    """Give click's own words, which it asks of gettext, in the user's language."""
    if is_french():
        from visavis.cli.french import CLICK
        from visavis.cli.translation import replace_gettext

        replace_gettext(lambda: CLICK if is_french() else {})
