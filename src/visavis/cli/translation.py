"""Translate by a catalogue of templates, such as "{file}: no such file".

Messages are found by what they say, not by where they are raised: library code speaks English,
and the command line translates what it is about to print.
"""

from __future__ import annotations

import copy
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import click

FIELD = re.compile(r"\{([#~!]?)(\w+)\}")
"""A placeholder: {name} for the user's text, {!name} for one in quotes, {#name} for a number,
{~name} for a message."""

_COUNTS = re.compile(r"\d[\d,.]* .*, \d")
_COMMA = re.compile(r", (?![^(]*\))")
"""A comma, but not one in brackets."""
_PATTERNS = {"#": r"[-+]?[\d,]*\.?\d+", "!": r"'.*?'|\".*?\""}
"""What stands for a field of a kind; anything for the others."""


class Catalogue:
    """Translations of texts and templates."""

    def __init__(self, *parts: Mapping[str, str]) -> None:
        self.texts = unbroken({text: to for part in parts for text, to in part.items()})

    def translate(self, text: str) -> str:
        """Return the translation of a text, or of its parts: "file: reason", "this; that"."""
        for start in (0, *(colon.end() for colon in re.finditer(": ", text))):
            if (found := self._translate_whole(text[start:])) is not None:
                return text[:start] + found
        if "; " in text:
            return "\N{NO-BREAK SPACE}; ".join(map(self.translate, text.split("; ", 1)))
        if _COUNTS.match(text):
            return ", ".join(map(self.translate, _COMMA.split(text)))
        return text

    def _translate_whole(self, text: str) -> str | None:
        if (exact := self.texts.get(text)) is not None:
            return exact
        filled = (template.fill(text, self.translate) for template in self._templates)
        return next((found for found in filled if found is not None), None)

    @cached_property
    def _templates(self) -> list[_Template]:
        """All templates: first those that begin with a word, then those with the most text.

        A field at the beginning could take in the word of another: "skipped FILE: 9 x 9 pixels".
        """
        found = [_Template(*pair) for pair in self.texts.items() if FIELD.search(pair[0])]
        return sorted(found, key=lambda template: (template.begins_open, -template.weight))


class _Template:
    def __init__(self, text: str, to: str) -> None:
        self._text = text
        self._to = to
        self._fixed = FIELD.sub("\0", text).split("\0")
        self.weight = sum(map(len, self._fixed))
        self.begins_open = not self._fixed[0]

    def fill(self, text: str, translate: Callable[[str], str]) -> str | None:
        """Return the translation with what the placeholders stand for; None if it is another."""
        if not text.startswith(self._fixed[0]) or not text.endswith(self._fixed[-1]):
            return None
        found = self._pattern.fullmatch(text)
        if found is None:
            return None

        how: dict[str, Callable[[str], str]] = {
            "#": french_number,
            "~": translate,
            "!": str,
            "": str,
        }
        values = {name: how[kind](found[name]) for kind, name in FIELD.findall(self._text)}

        return FIELD.sub(lambda field: values[field[2]], self._to)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        fields = iter(FIELD.findall(self._text))
        pieces = [re.escape(self._fixed[0])]
        for fixed, (kind, name) in zip(self._fixed[1:], fields, strict=True):
            pieces.append(f"(?P<{name}>{_PATTERNS.get(kind, '.+?')}){re.escape(fixed)}")
        return re.compile("".join(pieces), re.DOTALL)


def unbroken(texts: Mapping[str, str]) -> dict[str, str]:
    """Keep French punctuation on the line of its word, by spaces that do not break."""
    broken = re.compile(r" (?=[:;?!»%](?:\s|$))|(?<=«) ")
    return {text: broken.sub("\N{NO-BREAK SPACE}", to) for text, to in texts.items()}


def french_number(number: str) -> str:
    """Write a number as the French do: 1,234.5 becomes 1 234,5."""
    return number.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def paragraphs(text: str) -> list[str]:
    r"""Split help into paragraphs of one line each; those after \b are kept as they are."""
    pieces = inspect.cleandoc(text).split("\n\n")
    return [one if one.startswith("\b") else " ".join(one.split()) for one in pieces]


def translated_command(command: click.Command, translate: Callable[[str], str]) -> click.Command:
    """Return a copy of a command with all its help translated."""
    new = copy.copy(command)
    new._help_option = None  # noqa: SLF001 - click keeps the one it made
    if command.help:
        new.help = "\n\n".join(map(translate, paragraphs(command.help)))
    new.options_metavar = translate(command.options_metavar or "")
    new.params = [_translated_parameter(parameter, translate) for parameter in command.params]
    if isinstance(new, click.Group):
        new.subcommand_metavar = translate(new.subcommand_metavar or "")
        new.commands = {
            name: translated_command(one, translate) for name, one in new.commands.items()
        }
    return new


def _translated_parameter(
    parameter: click.Parameter, translate: Callable[[str], str]
) -> click.Parameter:
    new = copy.copy(parameter)
    if isinstance(new, click.Option) and new.help:
        new.help = translate(" ".join(new.help.split()))
    if new.metavar:
        new.metavar = _translated_words(new.metavar, translate)
    elif isinstance(new, click.Argument):
        word = _translated_words(str(new.name).upper(), translate)
        new.metavar = (word if new.required else f"[{word}]") + ("..." if new.nargs != 1 else "")
    return new


def _translated_words(metavar: str, translate: Callable[[str], str]) -> str:
    return re.sub(r"[A-Z]{2,}", lambda word: translate(word[0]), metavar)


def replace_gettext(words: Callable[[], Mapping[str, str]]) -> None:
    """Let click's modules, which import `gettext` by name, look into `words` instead."""

    def translate(text: str) -> str:
        return words().get(text, text)

    def choose(one: str, several: str, count: int) -> str:
        return translate(one if count <= 1 else several)

    for module in _modules_of("click"):
        if hasattr(module, "_"):
            module._ = translate
        if hasattr(module, "ngettext"):
            module.ngettext = choose


def _modules_of(package: str) -> Iterable[Any]:
    return [sys.modules[name] for name in list(sys.modules) if name.startswith(f"{package}.")]
