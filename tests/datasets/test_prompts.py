from __future__ import annotations

import pytest

from visavis.datasets.prompts import TEMPLATES, caption, prompts
from visavis.errors import DatasetError


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        ("owl", "a photo of an owl", "une photo d’owl"),
        ("chat", "a photo of a chat", "une photo de chat"),
        ("étoile", "a photo of a étoile", "une photo d’étoile"),
        ("unicorn", "a photo of a unicorn", "une photo d’unicorn"),
        ("umbrella", "a photo of an umbrella", "une photo d’umbrella"),
        ("Hourglass", "a photo of an Hourglass", "une photo de Hourglass"),
        ("hibou", "a photo of a hibou", "une photo de hibou"),
        ("hirondelle", "a photo of a hirondelle", "une photo d’hirondelle"),
        ("yaourt", "a photo of a yaourt", "une photo de yaourt"),
        ("ouistiti", "a photo of an ouistiti", "une photo de ouistiti"),
    ],
)
def test_articles_and_elision(name, english, french):
    assert (caption(name, "en"), caption(name, "fr")) == (english, french)


@pytest.mark.parametrize("lang", TEMPLATES)
def test_every_template_names_the_class_in_a_different_text(lang):
    made = prompts("{0} x", lang)
    assert len(set(made)) == len(TEMPLATES[lang]) > 1
    assert all("{0} x" in text for text in made)


def test_a_language_without_templates_is_refused():
    with pytest.raises(DatasetError, match="no templates for class names in 'de'; there are: en,"):
        prompts("Hund", "de")
