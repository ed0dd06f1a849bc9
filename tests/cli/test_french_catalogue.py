"""The French catalogue is complete, and has nothing that English no longer says."""

import ast
import re
from pathlib import Path

import click

import visavis
from french_messages import messages
from visavis.cli.app import visavis as group
from visavis.cli.french import CATALOGUE
from visavis.cli.french.click_words import NAMES
from visavis.cli.french.errors import SYSTEM
from visavis.cli.translation import FIELD, paragraphs

SOURCE = Path(visavis.__file__).parent


def all_commands(command=group, name="visavis"):
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            yield from all_commands(command.get_command(context, inner), f"{name} {inner}")


def help_strings():
    for name, command in all_commands():
        for paragraph in paragraphs(command.help):
            if not paragraph.startswith("\b"):  # commands to type
                yield name, paragraph
        for parameter in command.params:
            if text := getattr(parameter, "help", None):
                yield name, " ".join(text.split())


def test_every_help_string_has_its_translation():
    lacking = {text: name for name, text in help_strings() if text not in CATALOGUE.texts}
    assert lacking == {}, "translate them in visavis/cli/french/"


def test_every_message_has_its_translation():
    lacking = {
        where: samples[0]
        for where, samples in messages()
        if all(CATALOGUE.translate(sample) == sample for sample in samples)
    }
    assert lacking == {}, "translate them in visavis/cli/french/"


def test_all_that_is_translated_is_said():
    """A message that is reworded must not lose its translation without a word."""
    helps = {text for _, text in help_strings()}
    messages = CATALOGUE.texts.keys() - helps - SYSTEM.keys() - NAMES.keys()
    tables = (file.read_text("utf-8") for file in SOURCE.rglob("*.toml"))
    there = "\n".join([*map(source_strings, SOURCE.rglob("*.py")), *tables])
    lost = {text: [piece for piece in pieces(text) if piece not in there] for text in messages}
    assert {text: pieces for text, pieces in lost.items() if pieces} == {}


def test_placeholders_agree():
    for english, translation in CATALOGUE.texts.items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(translation)), english


def source_strings(file):
    """Return all strings of a file, those of the translations aside."""
    if "french" in file.parts:
        return ""
    tree = ast.parse(file.read_text("utf-8"))
    return "\n".join(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def pieces(template):
    """Return the words between the placeholders of a template that are long enough to look for."""
    found = (piece.strip(" ,;:()?%") for piece in re.split(r"\{[#~!]?\w+\}|, |^1 ", template))
    return [piece for piece in found if len(piece) > 5]
