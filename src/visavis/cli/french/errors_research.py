"""Errors of models and datasets, and of what commands for them are asked."""

ERRORS_RESEARCH = {
    # relevance, order
    "similarity {least}: from 0 to 1": "similarity {least} : de 0 à 1",
    "min_relevance {least}: from 0 to 1": "min_relevance {least} : de 0 à 1",
    "model {name} is not calibrated: see `visavis models calibrate`": (
        "le modèle {name} n'est pas calibré : voir `visavis models calibrate`"
    ),
    "relevance is known for a query of one text, not for images or several terms": (
        "la pertinence est connue pour une requête d'un seul texte, pas pour des images ni "
        "plusieurs termes"
    ),
    "relevance is known for images, not for texts or regions": (
        "la pertinence est connue pour les images, pas pour les textes ni les régions"
    ),
    "sort {key}: a key of the metadata, such as taken or -taken": (
        "tri {key} : une clé des métadonnées, comme taken ou -taken"
    ),
    # usage
    "--bytes and --near exclude each other": "--bytes et --near s'excluent",
    "--similarity is for --near": "--similarity ne vaut qu'avec --near",
    "-f and -0 print paths: no --json": "-f et -0 affichent des chemins : pas de --json",
    "--folds, --relevance-model and --report are for --task retrieve": (
        "--folds, --relevance-model et --report ne valent que pour --task retrieve"
    ),
    "the text is empty": "le texte est vide",
    "not a regular file": "ce n'est pas un fichier ordinaire",
    "no frame there": "pas d'image à cet instant",
    # extras
    "reading videos": "la lecture de vidéos",
    "reading {format}": "la lecture de {format}",
    "an approximate index": "un index approché",
    "word vectors": "l'usage de vecteurs de mots",
    "drawing curves": "le tracé de courbes",
    "pulling from the hub": "le téléchargement depuis le hub",
    "the demo, which shows photographs of scikit-image,": (
        "la démonstration, qui montre des photographies de scikit-image,"
    ),
    # collections
    "{location}: {store} has no approximate index": "{location} : {store} n'a pas d'index approché",
    "{location}: {store} keeps no regions": "{location} : {store} ne garde pas de régions",
    "there is a collection here already": "il y a déjà une collection ici",
    "the collection is closed": "la collection est fermée",
    "the collection is open already, with its own model": (
        "la collection est déjà ouverte, avec son propre modèle"
    ),
    "a vector has the wrong length": "un vecteur n'a pas la bonne longueur",
    "a vector is not what was written": "un vecteur n'est pas ce qui a été écrit",
    "another program has changed its rows": "un autre programme en a modifié les lignes",
    # models
    "{folder} is not a complete model folder: no {file} in it": (
        "{folder} n'est pas un dossier de modèle complet : il n'y a pas de {file}"
    ),
    "{file}: not a model of format {format}, the only one known here": (
        "{file} : ce n'est pas un modèle au format {format}, le seul connu ici"
    ),
    "{file}: not valid JSON ({reason})": "{file} : JSON incorrect ({reason})",
    "{file}: cannot be loaded ({reason})": "{file} : ne peut être chargé ({reason})",
    "{file}: {key} is missing or malformed": "{file} : {key} manque ou est mal formé",
    "{folder}: exists and is not empty; name a new folder": (
        "{folder} : existe et n'est pas vide ; nommez un nouveau dossier"
    ),
    "{name}, {#dim} dimensions, lowest cosine to the original {#cosine}": (
        "{name}, {#dim} dimensions, cosinus le plus bas avec l'original : {#cosine}"
    ),
    # datasets
    "a folder of images, a .csv or .jsonl file, or READER:PATH": (
        "un dossier d'images, un fichier .csv ou .jsonl, ou LECTEUR:CHEMIN"
    ),
    "no such folder; expected one with images": (
        "dossier introuvable ; il en faut un avec des images"
    ),
    "{dataset} has no {what} {wanted}; it has: {there}": (
        "{dataset} n'a pas de {what} {wanted} ; il contient : {there}"
    ),
    "{folder} is not a Flickr8k folder: no {what}, expected {expected} in it": (
        "{folder} n'est pas un dossier de Flickr8k : {what} introuvable, {expected} attendu"
    ),
    "no class folders; expected FOLDER/CLASS/*.jpg": (
        "pas de dossiers de classes ; attendu : DOSSIER/CLASSE/*.jpg"
    ),
    "{spec}: no usable image": "{spec} : aucune image utilisable",
    "{spec}: no usable image; {~first}": "{spec} : aucune image utilisable ; {~first}",
    # demo
    "{count} photographs of scikit-image and two files of phrases copied to {folder}": (
        "{count} photographies de scikit-image et deux fichiers de phrases copiés dans {folder}"
    ),
    (
        "\nThe same hits with images: {page}\nThe bundled model is small, and best at everyday "
        "photographs: people, dogs, sport, streets,\nsnow, water, clothes. Now try your own images:\n"
        "{commands}"
    ): (
        "\nLes mêmes résultats avec les images : {page}\nLe modèle fourni est petit, et le plus à "
        "l'aise avec des photographies de tous les jours :\ndes gens, des chiens, du sport, des "
        "rues, de la neige, de l'eau, des vêtements. À vos images maintenant :\n{commands}"
    ),
    "{location} was made with another model; delete it, or use --out": (
        "{location} a été fait avec un autre modèle ; supprimez-le, ou utilisez --out"
    ),
}
