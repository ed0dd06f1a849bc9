"""Help and messages in French: complete, with the same placeholders, and typographically right."""

import re
from pathlib import Path
from string import Formatter

import pytest

import visavis
from visavis.cli.app import COMMANDS
from visavis.cli.french import CATALOGUE
from visavis.cli.french.click_words import CLICK_WORDS
from visavis.cli.language import VARIABLES, is_french
from visavis.cli.translation import FIELD, Catalogue

SOURCE = Path(visavis.__file__).parent
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def french(monkeypatch):
    monkeypatch.setenv("VISAVIS_LANG", "fr")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"LANG": "fr_FR.UTF-8"}, True),
        ({"LANG": "fr"}, True),
        ({"LANG": "fr.UTF-8"}, True),
        ({"LANG": "fry_NL"}, False),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, False),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fr_CA.UTF-8"}, True),
        ({"LC_MESSAGES": "fr_CA.UTF-8", "LC_ALL": "C"}, False),
        ({"LC_ALL": "", "LANG": "fr_BE"}, True),
        ({"LC_ALL": "en_GB.UTF-8", "VISAVIS_LANG": "fr"}, True),
        ({"LANG": "fr_FR.UTF-8", "VISAVIS_LANG": "en"}, False),
    ],
)
def test_the_environment_names_the_language(monkeypatch, variables, expected):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_french() is expected


def test_placeholders_of_click_agree():
    for english, translation in CLICK_WORDS.items():
        assert fields(english) == fields(translation), english


def fields(template):
    return sorted(
        (name, conversion) for _, name, _, conversion in Formatter().parse(template) if name
    )


def test_french_punctuation_stays_on_its_line():
    for translation in CATALOGUE.texts.values():
        assert not re.search(r"[^\s:'(]\b[;?!](\s|$)|« | »|\w:( |$)", without_code(translation))


def without_code(text):
    """Remove what is typed as it is: terms such as text:, conditions, datasets."""
    return re.sub(r"'[^' ]*'|\b(text|image|N):|--\S+", "", FIELD.sub("X", text))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_french_and_fits_80_columns(name, french, shell, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = shell(name, "--help")
    assert code == 0
    assert out.startswith(f"Utilisation{NBSP}: visavis {name}")
    assert f"\nOptions{NBSP}:\n" in out
    assert "Afficher cette aide et quitter." in out
    assert max(map(len, out.splitlines())) <= 80


def test_help_of_a_command_is_english_again_afterwards(shell, monkeypatch):
    monkeypatch.setenv("VISAVIS_LANG", "fr")
    shell("search", "--help")
    monkeypatch.setenv("VISAVIS_LANG", "en")
    _, out, _ = shell("search", "--help")
    assert out.startswith("Usage: visavis search [OPTIONS] QUERY...\n")
    assert "Show this message and exit." in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("serch x", "Erreur : commande inconnue : 'serch' ; vouliez-vous dire 'search' ?"),
        ("search", "Erreur : Il manque l'argument 'REQUÊTE...'."),
        ("search a --jsn", "Erreur : Option inconnue : '--jsn'"),
        ("search a -k x", "Valeur refusée pour '-k' : 'x' n'est pas un nombre entier."),
        ("search a --for x", "'x' n'est aucun de 'images', 'texts'."),
        ("search a --lang fr", "Erreur : --lang filtre les textes ; ajoutez --for texts"),
        (
            "search no.jpg",
            "image introuvable : 'no.jpg' ; si c'est un texte, écrivez 'text:no.jpg'",
        ),
        ("search a --where naem=x", "aucun élément n'a la clé 'naem' ; vouliez-vous dire 'name' ?"),
        ("search a --where x", "la condition 'x' n'est pas de la forme 'clé=valeur'"),
        (
            "search a --where width=x",
            "les valeurs de 'width' sont des nombres, et ceci est un texte",
        ),
        ("search red + --fusion sun", "aucun terme ne suit le + ; écrivez 'a.jpg + neige'"),
        ("search red --fusion sun", "fusion inconnue : 'sun' ; vouliez-vous dire 'sum' ?"),
        ("search red --regions", ".visavis: pas de régions ici ; réindexez avec --regions"),
        ("search red -k 0", "visavis: k vaut 0 ; demandez au moins 1 résultat"),
        ("stats --collection x", "pas de collection ici ; indexez-y d'abord des fichiers"),
        ("index missing", "missing: fichier ou dossier introuvable ; si cette source a déjà été"),
        ("remove missing", "missing: ni un identifiant ni un chemin de cette collection"),
        (
            "train finetune --data x --out y",
            "recette finetune : nommez le modèle de départ, --model NOM",
        ),
        (
            "train fintune --data x --out y",
            "recette inconnue : 'fintune' ; vouliez-vous dire 'fine",
        ),
        (
            "train finetune --model bundled --data x --out y --set training.chunk=1",
            "stages.finetune.chunk = 1 ; attendu 0, ou au moins 2 images",
        ),
        ("collections forget x", "visavis: collection inconnue : 'x' ; il n'y en a pas"),
        ("keys remove x", "pas de clé 'x' ; il n'y en a pas"),
        ("models remove x", "visavis: modèle téléchargé inconnu : 'x' ; il n'y en a pas"),
        ("words pull x", "visavis: jeu de vecteurs de mots inconnu : 'x' ; choix possibles : "),
        ("search red.png#t=3", "'red.png#t=3' : #t=SECONDES prend une image d'une vidéo"),
    ],
)
def test_usual_mistakes_are_told_in_french(here, french, shell, words, told):
    code, out, err = shell(*words.split())
    assert (code > 0, out) == (True, "")
    assert told in err.replace(NBSP, " ")


def test_results_are_told_in_french(here, french, shell):
    (here / "bad.png").write_text("no image")
    (here / "paper.pdf").touch()
    code, out, err = shell("index", "red.png", "bad.png", ".", "--collection", "new")
    assert code == 3
    assert re.fullmatch(r"3 ajoutés, .*1 ignoré.* en \d+,\d s, \d+ images/s\n", out), out
    assert "ignoré : " in err.replace(NBSP, " ")
    assert "non lus : 1 dessins et documents (.pdf) : convertissez-les" in err.replace(NBSP, " ")
    assert shell("search", "red", "--where", "width>900")[1] == "aucun résultat\n"
    assert shell("search", "red")[1].split()[:3] == ["rang", "score", "image"]
    assert "éléments retirés" in shell("remove", ".", "--collection", "new")[1]


def test_json_and_what_users_wrote_stay_as_they_are(here, french, shell):
    assert '"modality": "image"' in shell("search", "red", "--json")[1]
    assert shell("search", "a", "--where", "naem=x")[2].rstrip().endswith("source, text, width")
    assert "'nothing found'" in shell("remove", "'nothing found'")[2]


def test_a_template_translates_numbers_and_messages_but_not_names():
    words = Catalogue(
        {
            "{#count} files in {name}: {~reason}": "{name} : {#count} fichiers, {~reason}",
            "empty": "vide",
        }
    )
    assert words.translate("1,234.5 files in empty: empty").replace(NBSP, " ") == (
        "empty : 1 234,5 fichiers, vide"
    )
    assert words.translate("many files in empty: full") == "many files in empty: full"
    assert words.translate("a, b: c: empty") == "a, b: c: vide"


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        (
            "heads 2: loss 2.3051, 1,204/s in 17 s, waiting 3%; dev en 37.7/65.6/77.3",
            "heads 2 : perte 2,3051, 1 204/s en 17 s, dont 3 % d'attente ; dev en 37.7/65.6/77.3",
        ),
        (
            "heads 10: resumed, dev loss 2.2790; dev fr 27.7/56.0/70.2 | 24.5/52.1/67.6",
            "heads 10 : reprise, perte sur dev 2,2790 ; dev fr 27.7/56.0/70.2 | 24.5/52.1/67.6",
        ),
        (
            "class-names: 1,046 of 1,280 classes named; dev en 1.0",
            "class-names : 1 046 classes nommées sur 1 280 ; dev en 1.0",
        ),
    ],
)
def test_lines_of_a_training_run_are_french(english, expected):
    assert CATALOGUE.translate(english).replace(NBSP, " ") == expected


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        (
            "3 added, 2 excluded (1 *.svg, 1 .*) in 1.5 s",
            "3 ajoutés, 2 écartés (1 *.svg, 1 .*) en 1,5 s",
        ),
        ("1 excluded (1 x, 4 more rules) in 1.0 s", "1 écarté (1 x, 4 autres règles) en 1,0 s"),
    ],
)
def test_commas_in_brackets_separate_no_counts(english, expected):
    assert CATALOGUE.translate(english) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("9 x 9 pixels, more than 200 million", "9 x 9 pixels, plus de 200 millions"),
        (
            "9 x 9 pixels of 32 bits need more than 1 GB to decode",
            "9 x 9 pixels de 32 bits : plus de 1 Go pour les décoder",
        ),
    ],
)
def test_a_skipped_file_is_told_in_french_whatever_its_reason(reason, expected):
    said = CATALOGUE.translate(f"skipped /a/b.png: {reason}").replace(NBSP, " ")
    assert said == f"ignoré : /a/b.png : {expected}"
