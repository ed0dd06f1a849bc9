"""All messages that the sources contain, as they would be said of an X or of 7 things."""

import ast
import itertools
import re
from pathlib import Path

import visavis

SOURCE = Path(visavis.__file__).parent
TOLD = {"say", "tell", "log", "count_bar", "UsageError", "BadParameter", "ClickException"}
SECOND = {"ImageError", "Skipped", "KeyFileError"}
"""What names a source before the message."""
PYTHON_ONLY = {"ValueError", "TypeError", "KeyError", "AttributeError", "NotImplementedError"}
PYTHON_ONLY |= {"OSError", "RuntimeError", "FileNotFoundError"}
NOT_FOR_THE_TERMINAL = ("server", "queries/algebra.py", "collection.py", "marks.py")
NOT_FOR_THE_TERMINAL += ("stores/abilities.py", "duplicates/finding.py")
"""What is said to programs: answers of the server, and of functions that no command misuses."""
OTHERS = {
    "an array must be uint8 (height, width, 3), not ",
    "a path, bytes, a PIL image or an array is needed, not ",
    # the field completes these: they are translated with it
    "failed ",
    "image left out: ",
    ": no usable image",
    "passed over ",
    "the teacher  encodes  images",
    # figures
    ": dev ",
    " : loss , ",
}


def messages():
    """Yield where a message is, and the samples of it."""
    for file in sorted(SOURCE.rglob("*.py")):
        name = file.relative_to(SOURCE).as_posix()
        if "french" not in file.parts and not name.startswith(NOT_FOR_THE_TERMINAL):
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and (message := said_by(call)) is not None:
                    for pieces in templates(message):
                        words = "".join(piece for piece in pieces if isinstance(piece, str))
                        if re.search(r"\b[a-z]{3}", words) and words not in OTHERS:
                            yield f"{name}:{call.lineno}", list(samples(pieces))


def said_by(call):
    """Return the expression that a call prints or raises, if it does."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    position = 1 if name in SECOND else 0
    tells = name in TOLD | SECOND or (name.endswith("Error") and name not in PYTHON_ONLY)
    return call.args[position] if tells and len(call.args) > position else None


def templates(node):
    """Return the texts that an expression can be: lists of words and fields."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [[node.value]]
    if isinstance(node, ast.JoinedStr):
        return [[each.value if isinstance(each, ast.Constant) else each for each in node.values]]
    if isinstance(node, ast.IfExp):
        return templates(node.body) + templates(node.orelse)
    return []


def samples(pieces):
    """Yield a message with each of its fields as a word and as a number."""
    fields = [piece for piece in pieces if not isinstance(piece, str)]
    for values in itertools.product(("X", "7") if len(fields) < 6 else "7", repeat=len(fields)):
        value = iter(values)
        yield "".join(p if isinstance(p, str) else filled(p, next(value)) for p in pieces)


def filled(field, value):
    quoted = field.conversion == ord("r")
    percent = "%" in ast.unparse(field.format_spec) if field.format_spec else False
    return repr(value) if quoted else f"{value}%" if percent else value
