"""The report as one self-contained HTML page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from visavis.errors import ImageError
from visavis.evaluation.examples import (
    Example,
    WordRecall,
    confusions,
    image_examples,
    text_examples,
    word_recalls,
)
from visavis.evaluation.report import Report

THUMBNAIL = 200
"""Longest side in pixels."""

WORDS_SHOWN = 10
LEAST_CAPTIONS = 20
"""Recall over fewer captions is mostly noise."""

NAMES = {
    "R@1": "recall at 1, %",
    "R@5": "recall at 5, %",
    "R@10": "recall at 10, %",
    "median_rank": "median rank",
    "mean_rank": "mean rank",
    "R-Precision": "R-Precision, %",
    "mAP@R": "mAP@R, %",
    "nDCG@10": "nDCG at 10, %",
    "P@5": "precision at 5, %",
    "P@10": "precision at 10, %",
    "triplet_accuracy": "triplet accuracy, %",
}
LANGUAGES = {"en": "English", "fr": "French"}


def write_html(
    path: Path,
    reports: Sequence[Report],
    details: Sequence[Mapping[str, Any]],
    drawings: Mapping[str, Sequence[str]],
    facts: Mapping[str, str],
) -> None:
    """Write the page for the reports of one model.

    `details` are those of the reports, `drawings` SVG elements by language, `facts` more lines
    for the head of the page, such as the date.
    """
    parts = [_head(details, facts)]
    for report, one in zip(reports, details, strict=True):
        parts += _language(report, one, drawings[report.embedded.lang])
    page = Template(files(__package__).joinpath("report.html").read_text("utf-8"))
    title = escape(f"{details[0]['model']} on {details[0]['dataset']}, {details[0]['split']}")
    path.write_text(page.substitute(title=title, body="\n".join(parts)), "utf-8", errors="replace")


def _head(details: Sequence[Mapping[str, Any]], facts: Mapping[str, str]) -> str:
    first = details[0]
    counts = "; ".join(f"{one['captions']:,} captions in {_name(one['lang'])}" for one in details)
    rows = {
        "Model": first["model"],
        "Dataset": f"{first['dataset']}, split {first['split']}",
        "Counts": f"{first['images']:,} images; {counts}",
        "Folds": "none" if first["folds"] == 1 else f"{first['folds']}, each searched separately",
        **facts,
    }
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows.items())
    return (
        f"<h1>How well images and texts find each other</h1><dl>{listed}</dl>"
        '<p class="faint">Small numbers are 95 % confidence intervals (1,000 bootstrap samples of '
        "images). Ties count against the model.</p>"
    )


def _language(report: Report, details: Mapping[str, Any], drawings: Sequence[str]) -> Iterable[str]:
    notes = "".join(f"<li>{escape(note)}</li>" for note in details["notes"])
    yield f"<h2>{_name(details['lang'])}</h2>{_headline(details)}"
    yield f'<ul class="notes">{notes}</ul>' if notes else ""
    yield _figures(details)
    yield f"<h3>Recall and precision at k, image to text</h3>{drawings[0]}"
    if "semantic" in details:
        yield _semantic(details, drawings[1])
        yield _accepted(report, details["semantic"])
    yield from _examples(report)


def _headline(details: Mapping[str, Any]) -> str:
    return (
        '<div class="headline">'
        + _card(
            details["text_to_image"], details["images"], "texts", "find the image they describe"
        )
        + _card(
            details["image_to_text"],
            details["captions"],
            "images",
            "find a text that describes them",
        )
        + "</div>"
    )


def _card(figures: Mapping[str, Any], candidates: int, queries: str, found: str) -> str:
    low, high = figures["intervals"]["R@10"]
    return (
        f"<div><b>{figures['R@10']:.0f} in 100</b>{queries} {found} among the first 10 of "
        f"{candidates:,}<br><small>95 % interval {low:.0f} to {high:.0f}; in first place: "
        f"{figures['R@1']:.0f}</small></div>"
    )


def _figures(details: Mapping[str, Any]) -> str:
    lang = details["lang"]
    columns = {
        "image → text": details["image_to_text"],
        "text → image": details["text_to_image"],
        **{
            "text → text" + (f" ({lang} → {other})" if other != lang else ""): figures
            for other, figures in details["text_to_text"].items()
        },
    }
    queries = "".join(f"<td>{figures['queries']:,}</td>" for figures in columns.values())
    head = f"<tr><td>queries</td>{queries}</tr>"
    return (
        "<h3>All figures</h3>"
        + _table(columns, NAMES, head)
        + f"<p>Recall sum of the first two columns: {details['recall_sum']:.1f} of 600.</p>"
    )


def _semantic(details: Mapping[str, Any], drawing: str) -> str:
    semantic = details["semantic"]
    columns = {
        f"{title}, {label}": figures[key]
        for title, key in (("image → text", "image_to_text"), ("text → image", "text_to_image"))
        for label, figures in (("classic", details), ("semantic", semantic))
    }
    own = semantic["tau_accepts_of_own_images"]
    shown = [name for name in NAMES if name not in {"mean_rank", "P@10", "triplet_accuracy"}]
    return (
        "<h3>Semantic figures</h3>"
        "<p>A caption of another image may fit just as well. Here it counts as relevant if its "
        f"similarity to one of the image's own captions is at least τ = {semantic['tau']:.3f} "
        f"according to {escape(semantic['relevance_model'])}. That makes "
        f"{semantic['positives_per_image']:.2f} relevant texts per image and "
        f"{semantic['positives_per_text']:.2f} relevant images per text.</p>"
        + _table(columns, {name: NAMES[name] for name in shown})
        + f"<p>τ was chosen on {escape(semantic['tau_chosen_on'])}: the lowest threshold that accepts "
        f"at most one in {1 / semantic['tau_may_accept_of_other_images']:,.0f} pairs of a caption "
        f"and another image; it accepts {100 * semantic['tau_accepts_of_other_images']:.3f} %. "
        + ("" if own is None else f"It accepts {100 * own:.1f} % of captions for their own image.")
        + f"</p>{drawing}"
    )


def _table(
    columns: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], head: str = ""
) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in columns)
    rows = "".join(
        f"<tr><td>{label}</td>{''.join(_cell(figures, name) for figures in columns.values())}</tr>"
        for name, label in names.items()
    )
    return f'<div class="scroll"><table><tr><th></th>{titles}</tr>{head}{rows}</table></div>'


def _cell(figures: Mapping[str, Any], name: str) -> str:
    low, high = figures["intervals"][name]
    return f"<td>{figures[name]:.1f}<small>{low:.1f} – {high:.1f}</small></td>"


def _accepted(report: Report, semantic: Mapping[str, Any]) -> str:
    files_of = dict(zip(report.embedded.keys, report.embedded.files, strict=True))
    cards = "".join(
        f'<div class="example query">{_image(files_of[pair["image"]])}<div><p>'
        f'{escape(pair["caption"])}</p><p class="faint">similar to: {escape(pair["near"])} '
        f"({pair['similarity']:.2f})</p></div></div>"
        for pair in semantic["sample"]
    )
    return (
        "<h3>Accepted pairs, drawn at random</h3><p>Captions of other images that count as "
        f'relevant: do they fit?</p><div class="examples">{cards}</div>'
    )


def _examples(report: Report) -> Iterable[str]:
    embedded = report.embedded
    for worst, what in ((True, "Worst"), (False, "Best")):
        found = text_examples(embedded, report.text_to_image, worst=worst)
        yield f"<h3>{what} text-to-image queries</h3>"
        yield f'<div class="examples">{"".join(_text_example(report, one) for one in found)}</div>'
        found = image_examples(embedded, report.image_to_text, worst=worst)
        yield f"<h3>{what} image-to-text queries</h3>"
        yield f'<div class="examples">{"".join(_image_example(report, one) for one in found)}</div>'
    yield _confusions(report)
    yield _words(word_recalls(embedded, report.text_to_image, LEAST_CAPTIONS))


def _text_example(report: Report, example: Example) -> str:
    embedded = report.embedded
    images = "".join(
        _figure(embedded.files[image], str(rank), relevant=relevant)
        for rank, (image, relevant) in enumerate(example.hits, 1)
    )
    if example.rank > len(example.hits):
        own = embedded.files[int(embedded.image_index[example.query])]
        images += _figure(own, str(example.rank), relevant=True)
    text = escape(embedded.captions[example.query].text)
    return f'<div class="example"><p>{text}</p><div class="strip">{images}</div></div>'


def _image_example(report: Report, example: Example) -> str:
    embedded = report.embedded
    found = "".join(
        f"<li{' class=is-relevant' if relevant else ''}>{escape(embedded.captions[text].text)}</li>"
        for text, relevant in example.hits
    )
    own = next(n for n, image in enumerate(embedded.image_index) if image == example.query)
    return (
        f'<div class="example query">{_image(embedded.files[example.query])}<div>'
        f'<ol>{found}</ol><p class="faint">own caption, first at rank {example.rank}: '
        f"{escape(embedded.captions[own].text)}</p></div></div>"
    )


def _confusions(report: Report) -> str:
    embedded = report.embedded
    cards = "".join(
        f'<div class="example"><p>{escape(embedded.captions[one.caption].text)}</p>'
        f'<div class="strip pair">{_figure(embedded.files[one.image], "described", relevant=True)}'
        f"{_figure(embedded.files[one.taken_for], f'found first, {one.captions}×')}</div></div>"
        for one in confusions(embedded)
    )
    return (
        "<h3>Confusions</h3><p>The image described, and the one that most often ranks first "
        f'instead.</p><div class="examples">{cards}</div>'
    )


def _words(recalls: Sequence[WordRecall]) -> str:
    if not recalls:
        return ""
    count = min(WORDS_SHOWN, len(recalls))
    rows = "".join(
        f"<tr>{_word(low)}{_word(high)}</tr>"
        for low, high in zip(recalls[:count], recalls[::-1][:count], strict=True)
    )
    head = "<th>hardest</th><th>R@10, %</th><th>captions</th>"
    return (
        "<h3>Words</h3><p>Text-to-image recall at 10 of captions that contain a word, for words "
        f'in at least {LEAST_CAPTIONS} captions.</p><div class="scroll"><table>'
        f"<tr>{head}{head.replace('hardest', 'easiest')}</tr>{rows}</table></div>"
    )


def _word(one: WordRecall) -> str:
    return f"<td>{escape(one.word)}</td><td>{one.recall:.0f}</td><td>{one.captions:,}</td>"


def _figure(path: Path, label: str, *, relevant: bool = False) -> str:
    image = _image(path, relevant=relevant)
    return f"<figure>{image}<figcaption>{escape(label)}</figcaption></figure>"


def _image(path: Path, *, relevant: bool = False) -> str:
    from visavis.images import open_image, thumbnail_jpeg

    try:
        data = b64encode(thumbnail_jpeg(open_image(path, size=THUMBNAIL), THUMBNAIL)).decode()
    except ImageError as error:
        return f'<div class="missing">{escape(error.reason)}</div>'
    mark = ' class="relevant"' if relevant else ""
    return f'<img{mark} src="data:image/jpeg;base64,{data}" alt="{escape(path.name)}">'


def _name(lang: str) -> str:
    return LANGUAGES.get(lang, lang)
