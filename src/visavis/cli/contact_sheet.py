"""A contact sheet: hits with thumbnails in one self-contained HTML file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from visavis.cli.language import is_french, translate
from visavis.errors import ImageError, VisavisError, reason
from visavis.queries import Query, Term
from visavis.relevance import is_below
from visavis.types import Box, Hit
from visavis.videos import clock, split_moment

THUMBNAIL = 480
"""Longest side of a thumbnail in pixels: sharp on high-density screens, yet small."""

_PAGE = Template("""<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
$style</style>
</head>
<body>
$heading
$sections
</body>
</html>
""")

_STYLE = """\
:root {
  --ground: #f6f5f2; --card: #fff; --ink: #1d1c1a; --faint: #6b6862; --line: #dedbd4; --mark: #a8431f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #161513; --card: #211f1c; --ink: #eeebe4; --faint: #a19c92; --line: #3a3732; --mark: #f0a07c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 90rem; padding: clamp(1rem, 3vw, 2.5rem);
  background: var(--ground); color: var(--ink); font: 1rem/1.45 system-ui, sans-serif;
}
h1 { margin: 0 0 1.5rem; font-size: 1.4rem; font-weight: 600; overflow-wrap: anywhere; }
section { margin: 0 0 2.5rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: 0 0 1rem; }
h2 { flex-basis: 100%; margin: 0; font-size: 1rem; font-weight: 400; color: var(--faint); }
.term {
  display: inline-flex; align-items: center; gap: .6rem; max-width: 100%; max-height: 12rem;
  padding: .4rem .8rem; overflow: auto; overflow-wrap: anywhere;
  border: 1px solid var(--line); border-radius: .5rem; background: var(--card);
}
.term img { display: block; width: auto; height: auto; max-width: 10rem; max-height: 6rem; border-radius: .25rem; }
.sign { color: var(--mark); font-weight: 600; }
ol {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr));
  gap: 1rem; margin: 0; padding: 0; list-style: none; align-items: start;
}
@media (max-width: 30rem) { ol.images { grid-template-columns: 1fr 1fr; gap: .6rem; } }
figure {
  margin: 0; overflow: hidden; border: 1px solid var(--line); border-radius: .5rem; background: var(--card);
}
figure a { display: block; }
figure img { display: block; width: 100%; height: auto; }
.image { display: block; position: relative; }
.box {
  position: absolute; border: 2px solid #fff; outline: 2px solid var(--mark); border-radius: 2px;
}
.missing {
  display: grid; place-items: center; min-height: 9rem; padding: 1rem; color: var(--faint);
  text-align: center; overflow-wrap: anywhere; border-bottom: 1px dashed var(--line);
}
figcaption { padding: .5rem .7rem; font-size: .875rem; overflow-wrap: anywhere; }
.score {
  display: flex; justify-content: space-between; color: var(--mark); font-variant-numeric: tabular-nums;
}
.faded img { opacity: .45; }
.faded:hover img { opacity: 1; }
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A query with its hits, or hits alone, and an optional title.

    Hits below the `cut` of relevance fade. `notes` are what to call them, if not by their names.
    """

    query: Query | None
    hits: Sequence[Hit]
    title: str = ""
    cut: float | None = None
    notes: Sequence[str] = ()


def write_sheet(path: Path, title: str, sections: Iterable[Section], *, heading: str = "") -> None:
    """Write a page with thumbnails of all hits.

    Raises VisavisError if it cannot be written, or would replace a file that is no page, such as
    a photograph whose name stands where that of the page should.
    """
    page = _PAGE.substitute(
        lang="fr" if is_french() else "en",
        title=escape(title),
        style=_STYLE,
        heading=f"<h1>{escape(heading)}</h1>" if heading else "",
        sections="\n".join(map(_section, sections)),
    )
    try:
        if not _may_be_replaced(path):
            raise VisavisError(f"{path}: there is a file already, and it is no page; name another")
        path.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise VisavisError(f"{path}: cannot be written ({reason(error)})") from None


def _may_be_replaced(path: Path) -> bool:
    """Tell whether a file is not there, empty, no regular file, or a page."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        begin = file.read(1000).lstrip().lower()
    return not begin or begin.startswith((b"<!doctype html", b"<html"))


def _section(section: Section) -> str:
    title = f"<h2>{escape(section.title)}</h2>" if section.title else ""
    parts = section.query.terms if section.query else ()
    terms = "".join(_term(term, plus="+" if rank else "") for rank, term in enumerate(parts))
    notes = section.notes or [""] * len(section.hits)
    texts = all(hit.modality == "text" for hit in section.hits)
    items = "\n".join(
        f"<li{_faded(hit, section.cut)}>{_hit(rank, hit, note)}</li>"
        for rank, (hit, note) in enumerate(zip(section.hits, notes, strict=True), 1)
    )
    hits = f'<ol class="{"texts" if texts else "images"}">\n{items}\n</ol>'
    found = hits if section.hits else f"<p>{translate('Nothing found.')}</p>"
    return f"<section>\n<header>{title}{terms}</header>\n{found}\n</section>"


def _term(term: Term, plus: str = "+") -> str:
    sign = "&minus;" if term.weight < 0 else plus
    weight = "" if abs(term.weight) == 1 else f"{abs(term.weight):g} &times;"
    mark = f'<span class="sign">{sign} {weight}</span>' if sign or weight else ""
    image = _image(term.value, term.box) if term.modality == "image" else ""
    name = "" if isinstance(term.value, bytes) else f"<span>{escape(_name(term))}</span>"
    return f'<span class="term">{mark}{image}{name}</span>'


def _name(term: Term) -> str:
    if term.modality == "text":
        return str(term.value)
    return Path(str(term.value)).name + (f" @{term.box}" if term.box else "")


def _faded(hit: Hit, cut: float | None) -> str:
    title = escape(translate("probably does not fit"))
    return f' class="faded" title="{title}"' if is_below(hit, cut) else ""


def _hit(rank: int, hit: Hit, note: str = "") -> str:
    mark = (
        ""
        if hit.relevance is None
        else f'<span title="{translate("relevance")}">{hit.relevance:.0%}</span> '
    )
    score = f'<span class="score"><b>{rank}</b> {mark}{hit.score:.3f}</span>'
    if hit.modality == "text":
        return f"<figure><figcaption>{score}{escape(hit.text or '')}</figcaption></figure>"
    file, seconds = split_moment(hit.source)
    name = note or Path(file).name + ("" if seconds is None else f", {clock(seconds)}")
    caption = f'<figcaption title="{escape(hit.source)}">{score}{escape(name)}</figcaption>'
    return f"<figure>{_linked(_image(hit.source, mark=hit.box), file, seconds)}{caption}</figure>"


def _linked(image: str, file: str, seconds: float | None) -> str:
    """Let an image open its original, a video at its moment; not a file that is gone."""
    path = Path(file)
    if not path.is_absolute() or not path.is_file():
        return image
    moment = "" if seconds is None else f"#t={seconds:g}"
    return f'<a href="{escape(path.as_uri())}{moment}">{image}</a>'


def _image(source: str | bytes, box: Box | None = None, *, mark: Box | None = None) -> str:
    """Return an `<img>` with its data, or a placeholder with the reason it cannot be opened.

    `box` crops to a region; `mark` draws a frame around one.
    """
    from visavis.images import open_image, thumbnail_jpeg

    try:
        image = open_image(source, size=THUMBNAIL, box=box)
    except ImageError as error:
        return f'<div class="missing">{escape(error.reason)}</div>'
    data = b64encode(thumbnail_jpeg(image, THUMBNAIL)).decode()
    name = "" if isinstance(source, bytes) else escape(Path(source).name)
    scale = min(1.0, THUMBNAIL / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    element = (
        f'<img src="data:image/jpeg;base64,{data}" alt="{name}" '
        f'width="{width}" height="{height}" loading="lazy">'
    )
    if not mark:
        return element
    return f'<span class="image">{element}{_frame(mark, image.info["full_size"])}</span>'


def _frame(box: Box, size: tuple[int, int]) -> str:
    width, height = size
    style = (
        f"left:{box.x / width:.2%};top:{box.y / height:.2%};"
        f"width:{box.width / width:.2%};height:{box.height / height:.2%}"
    )
    return f'<span class="box" style="{style}"></span>'
