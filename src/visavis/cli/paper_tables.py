"""Tables for papers and pages: LaTeX and Markdown."""

from __future__ import annotations

from collections.abc import Sequence

_LATEX = {
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "τ": r"$\tau$",
}
_TO_LATEX = str.maketrans(_LATEX)
_TO_MARKDOWN = str.maketrans({"|": r"\|", "\\": r"\\", "<": "&lt;", "*": r"\*", "_": r"\_"})


def latex(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], title: str
) -> str:
    """Return a `tabular` with the rules of booktabs; the title is its first comment."""
    lines = [
        f"% {title}; needs \\usepackage{{booktabs}}",
        f"\\begin{{tabular}}{{{''.join('r' if one else 'l' for one in right)}}}",
        "\\toprule",
        _latex_row(columns),
        "\\midrule",
        *map(_latex_row, rows),
        "\\bottomrule",
        "\\end{tabular}",
    ]
    return "\n".join(lines)


def markdown(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], title: str
) -> str:
    """Return a table of GitHub's Markdown under its title."""
    rule = ["---:" if one else "---" for one in right]
    lines = [_markdown_row(columns), f"| {' | '.join(rule)} |", *map(_markdown_row, rows)]
    return "\n".join([title.translate(_TO_MARKDOWN), "", *lines])


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(cell.translate(_TO_LATEX) for cell in cells) + r" \\"


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.translate(_TO_MARKDOWN) for cell in cells)} |"


STYLES = {"markdown": markdown, "latex": latex}
