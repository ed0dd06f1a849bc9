"""Prompts: texts about a class, from its name.

Templates stand for the captions that models learn from: several of them make a steadier class
vector than the bare name. Radford et al., Learning Transferable Visual Models From Natural
Language Supervision, 2021, section 3.1.4, https://arxiv.org/abs/2103.00020.
"""

from __future__ import annotations

from collections.abc import Mapping

from visavis.errors import DatasetError

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "a photo of {a_name}",
        "a close-up of {a_name}",
        "a picture of {a_name}",
        "a drawing of {a_name}",
        "{name}",
    ),
    "fr": (
        "une photo {de_name}",
        "un gros plan {de_name}",
        "une image {de_name}",
        "un dessin {de_name}",
        "{name}",
    ),
}
"""Templates by language, the plainest first; names are without an article."""

_AN = (*"aeiou", "heir", "hour")
_NOT_AN = ("eu", "ewe", "one", "uku", "uni", "use", "uti")

_ELIDED = (
    *"aeiouàâéèêëîïôœùûü",
    *("habi", "haltèr", "hameç", "harmon", "hélic", "herb", "hippo", "hirond", "homm", "hôpi"),
    *("horlog", "hortens", "hôte", "huil", "huît", "hydr"),
)
_NOT_ELIDED = ("onz", "ouistiti")


def prompts(name: str, lang: str) -> list[str]:
    """Return the texts of all templates of a language, for a name without an article.

    Raises DatasetError for a language without templates.
    """
    if lang not in TEMPLATES:
        known = ", ".join(TEMPLATES)
        raise DatasetError(f"no templates for class names in {lang!r}; there are: {known}")
    forms = {"name": name, "a_name": _with_article(name), "de_name": _with_de(name)}
    return [template.format(**forms) for template in TEMPLATES[lang]]


def caption(name: str, lang: str) -> str:
    """Return the first of `prompts`: "a photo of an owl" or « une photo d’avion »."""
    return prompts(name, lang)[0]


def _with_article(name: str) -> str:
    start = name.lower()
    return f"an {name}" if start.startswith(_AN) and not start.startswith(_NOT_AN) else f"a {name}"


def _with_de(name: str) -> str:
    start = name.lower()
    elided = start.startswith(_ELIDED) and not start.startswith(_NOT_ELIDED)
    return f"d’{name}" if elided else f"de {name}"
