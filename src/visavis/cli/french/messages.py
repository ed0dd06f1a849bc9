"""What commands print: results, headings of tables, notes."""

MESSAGES = {
    "nothing found": "aucun résultat",
    "Nothing found.": "Aucun résultat.",
    "probably does not fit": "ne convient probablement pas",
    "words the model does not know: {words}": "mots que le modèle ne connaît pas : {words}",
    "found by an approximate index; --exact compares all": (
        "trouvé par un index approché ; --exact compare tout"
    ),
    "an index of an earlier version is not used: visavis optimize builds it anew": (
        "l'index d'une version précédente n'est pas utilisé : visavis optimize le reconstruit"
    ),
    "no index: below {#count} vectors, comparing all of them is fast": (
        "pas d'index : en dessous de {#count} vecteurs, tout comparer est rapide"
    ),
    # headings of tables
    "rank": "rang",
    "score": "score",
    "relevance": "pertinence",
    "index": "index",
    "vectors": "vecteurs",
    "queries": "requêtes",
    "text": "texte",
    "image": "image",
    "name": "nom",
    "collection": "collection",
    "gone": "disparue",
    "scope": "droits",
    "created": "créée",
    "word": "mot",
    "cosine": "cosinus",
    "here": "ici",
    "MB": "Mo",
    "languages": "langues",
    "licence": "licence",
    "recipe": "recette",
    "recipes": "recettes",
    "what it does": "ce qu'elle fait",
    "dataset": "jeu de données",
    "split": "split",
    "lang": "langue",
    "captions": "légendes",
    "classes": "classes",
    "direction": "sens",
    "median rank": "rang médian",
    "winner": "gagnant",
    "{name} % (95 % interval)": "{name} % (intervalle à 95 %)",
    "note, {where}: {note}": "note, {where} : {note}",
    "{data}: rows skipped: {#count}, the first: {first}": (
        "{data} : lignes ignorées : {#count}, la première : {first}"
    ),
    "{data}: unreadable images skipped: {#count}": "{data} : images illisibles ignorées : {#count}",
    "per second": "par seconde",
    "lowest cosine": "cosinus le plus bas",
    "mean cosine": "cosinus moyen",
    "one word": "un mot",
    "nine words": "neuf mots",
    "model {name}": "modèle {name}",
    "model {name}, {#count} folds": "modèle {name}, {#count} plis",
    "model {name}, zero-shot classification": "modèle {name}, classification sans exemples",
    "{dataset}, split {split}, {#images} images": "{dataset}, split {split}, {#images} images",
    "not significant": "non significatif",
    "image to text": "image vers texte",
    "text to image": "texte vers image",
    "{#searches} searches, {data}, {#images} images": (
        "{#searches} recherches, {data}, {#images} images"
    ),
    "relevance among {#images} images; the cut is {#cut}%, which keeps {#kept}% of what is there": (
        "pertinence parmi {#images} images ; le seuil est {#cut} %, ce qui garde {#kept} % de ce qui "
        "s'y trouve"
    ),
    "{folder}: {#points} points of {data}, {#images} images and {#captions} captions, by {model}": (
        "{folder} : {#points} points de {data}, {#images} images et {#captions} légendes, par {model}"
    ),
    # progress
    "comparing": "comparaison",
    "verifying": "vérification",
    "exporting": "export",
    "copying": "copie",
    "fetching": "téléchargement",
    # fetch
    "{#count} fetched": "{#count} téléchargées",
    "{#count} fetched earlier": "{#count} déjà téléchargées",
    "failed {address}: {reason}": "échec : {address} : {reason}",
    "failed {#count} more; --json lists all": "{#count} autres échecs ; --json les liste tous",
    # index
    "{#count} added": "{#count} ajoutés",
    "1 added": "1 ajouté",
    "{#count} renamed or copied": "{#count} renommés ou copiés",
    "1 renamed or copied": "1 renommé ou copié",
    "{#count} unchanged": "{#count} inchangés",
    "1 unchanged": "1 inchangé",
    "{#count} missing": "{#count} absents",
    "1 missing": "1 absent",
    "{#count} skipped": "{#count} ignorés",
    "1 skipped": "1 ignoré",
    "{#count} passed over": "{#count} non lus",
    "1 passed over": "1 non lu",
    "{#count} encoded": "{#count} encodés",
    "{#count} encoded earlier": "{#count} déjà encodés",
    "{#count} not encoded": "{#count} non encodés",
    "nothing to do": "rien à faire",
    "{~done} in {#seconds} s": "{~done} en {#seconds} s",
    "{#speed} images/s": "{#speed} images/s",
    "{#count} regions ({#size} MB)": "{#count} régions ({#size} Mo)",
    "the model is now {model}": "le modèle est maintenant {model}",
    "skipped {file}: {~reason}": "ignoré : {file} : {~reason}",
    "not encoded: {file}: {~reason}": "non encodé : {file} : {~reason}",
    "skipped {#count} more files; --json lists all": (
        "ignorés : {#count} autres fichiers ; --json les liste tous"
    ),
    "not encoded: {#count} more files; --json lists all": (
        "non encodés : {#count} autres fichiers ; --json les liste tous"
    ),
    "passed over {#count} {~kind} ({suffixes}): {~advice}": (
        "non lus : {#count} {~kind} ({suffixes}) : {~advice}"
    ),
    "videos": "vidéos",
    "drawings and documents": "dessins et documents",
    "images of rare formats": "images de formats rares",
    "RAW photographs": "photographies RAW",
    "convert them to PNG or JPEG": "convertissez-les en PNG ou JPEG",
    "interrupted; what was done is kept, run the command again to go on": (
        "interrompu ; ce qui est fait est gardé, relancez la commande pour continuer"
    ),
    "indexing": "indexation",
    "{#count} damaged items encoded again": "{#count} éléments abîmés réencodés",
    "1 damaged item encoded again": "1 élément abîmé réencodé",
    "{#count} texts in image files": "{#count} textes dans les fichiers d'images",
    "{#count} XMP side-cars": "{#count} fichiers XMP annexes",
    "1 XMP side-car": "1 fichier XMP annexe",
    "{#count} more frames of videos": "{#count} autres images de vidéos",
    # duplicates
    "same bytes": "fichiers identiques",
    "same picture": "même image",
    "nearly the same": "presque identiques",
    "{#count} groups, {#copies} further files ({#size} MB) among {#files}": (
        "{#count} groupes, {#copies} fichiers en trop ({#size} Mo) parmi {#files}"
    ),
    "no duplicates among {#count} files": "aucun doublon parmi {#count} fichiers",
    "{#count} files are gone; run index again": ("{#count} fichiers ont disparu ; relancez index"),
    "{#count} files have changed since they were indexed; run index again": (
        "{#count} fichiers ont changé depuis leur indexation ; relancez index"
    ),
    "{#count} files cannot be read": "{#count} fichiers illisibles",
    # other commands
    "no texts in this collection; index captions beside images, or a text file": (
        "pas de textes dans cette collection ; indexez des légendes à côté des images, ou un "
        "fichier de textes"
    ),
    "1 item removed": "1 élément retiré",
    "{#count} items removed": "{#count} éléments retirés",
    "no collections yet; visavis index ~/Pictures makes one": (
        "pas encore de collection ; visavis index ~/Images en crée une"
    ),
    "{collection} is now called {name}": "{collection} s'appelle maintenant {name}",
    "{collection} is at {url} (Ctrl-C stops)": "{collection} est sur {url} (Ctrl-C pour arrêter)",
    "{name} may {scope}; only a hash is kept, in {file}": (
        "{name} : droit « {scope} » ; seule une empreinte est gardée, dans {file}"
    ),
    "{name} removed": "{name} supprimé",
    "{folder}\nuse it with --model {name}": "{folder}\nà utiliser avec --model {name}",
    "use it with --model {name}": "à utiliser avec --model {name}",
    "recommended: {~what}": "recommandé : {~what}",
    "the best of those that are as fast as CLIP B/32, in French and English": (
        "le meilleur des modèles aussi rapides que CLIP B/32, en français et en anglais"
    ),
    "yes": "oui",
    # stats
    "images": "images",
    "regions": "régions",
    "texts": "textes",
    "sources": "sources",
    "model": "modèle",
    "size": "taille",
    "changed": "modifiée",
    "{#count}, {#missing} of them missing": "{#count}, dont {#missing} absentes",
    "{model}, {#dim} dimensions": "{model}, {#dim} dimensions",
    "{#size} MB": "{#size} Mo",
    "{#count}": "{#count}",
}
