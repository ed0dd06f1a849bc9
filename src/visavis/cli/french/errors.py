"""Errors that people meet: queries, filters, files, collections, models, settings."""

SYSTEM = {
    "no such file or directory": "fichier ou dossier introuvable",
    "permission denied": "permission refusée",
    "is a directory": "c'est un dossier",
    "not a directory": "ce n'est pas un dossier",
    "file exists": "le fichier existe déjà",
    "no space left on device": "plus de place sur le disque",
    "read-only file system": "système de fichiers en lecture seule",
    "file name too long": "nom de fichier trop long",
    "input/output error": "erreur d'entrée-sortie",
    "address already in use": "adresse déjà utilisée",
    "cannot assign requested address": "cette machine n'a pas cette adresse",
    "connection refused": "connexion refusée",
    "operation not permitted": "opération interdite",
    "too many levels of symbolic links": "trop de liens symboliques à la suite",
    "too many open files": "trop de fichiers ouverts",
    "{value} is not a valid integer.": "{value} n'est pas un nombre entier.",
    "{value} is not a valid float.": "{value} n'est pas un nombre.",
    "{value} is not a valid integer range.": "{value} n'est pas un nombre entier.",
    "known: none": "il n'y en a pas",
    "number and texts": "nombres et des textes",
}
"""Errors of the operating system and of click, and some that are put together."""

ERRORS = {
    # names
    "did you mean {name}?": "vouliez-vous dire {name} ?",
    "known: {names}": "choix possibles : {names}",
    "no such command: {name}; {~hint}": "commande inconnue : {name} ; {~hint}",
    "unknown {~noun} {!name}; {~hint}": "{~noun} inconnu : {!name} ; {~hint}",
    "set of word vectors": "jeu de vecteurs de mots",
    "weights": "nom de poids",
    "relevance model": "modèle de pertinence",
    "known: {names}, or a model folder": "choix possibles : {names}, ou un dossier de modèle",
    "unknown fusion {name}; {~hint}": "fusion inconnue : {name} ; {~hint}",
    "unknown collection {name}; {~hint}": "collection inconnue : {name} ; {~hint}",
    "pulled model": "modèle téléchargé",
    "dataset": "jeu de données",
    "store": "moteur",
    "{~feature} needs an extra: {command}": "{~feature} demande un supplément : {command}",
    "the server": "le serveur",
    "training": "l'entraînement",
    "importing a model": "l'import d'un modèle",
    "quantizing a model": "la quantification d'un modèle",
    # usage
    "--lang filters texts; add --for texts": "--lang filtre les textes ; ajoutez --for texts",
    "-f and -0 print paths of images: no --json, --html, --for texts": (
        "-f et -0 affichent des chemins d'images : pas de --json, --html ni --for texts"
    ),
    "--reencode takes no sources": "--reencode ne prend pas de sources",
    "Missing argument 'SOURCES...'.": "Il manque l'argument 'SOURCES...'.",
    "name at least two models to compare": "nommez au moins deux modèles à comparer",
    # queries
    "{moment}: #t=SECONDS takes a frame of a video: beach.mp4#t=12.5": (
        "{moment} : #t=SECONDES prend une image d'une vidéo : plage.mp4#t=12.5"
    ),
    "no such image: {path}": "image introuvable : {path}",
    "no such image: {path}; if it is a text, write {text}": (
        "image introuvable : {path} ; si c'est un texte, écrivez {text}"
    ),
    "{path} is a folder; name an image in it, or write {text}": (
        "{path} est un dossier ; nommez une image qui s'y trouve, ou écrivez {text}"
    ),
    "{path} is an image within a text; put + or - between, as separate words, or write {text}": (
        "{path} est une image au milieu d'un texte ; séparez-les par un + ou un - entre deux "
        "espaces, ou écrivez {text}"
    ),
    "no term follows a {sign}; write 'a.jpg + snow'": (
        "aucun terme ne suit le {sign} ; écrivez 'a.jpg + neige'"
    ),
    "box {box}: write x,y,width,height in pixels, such as 120,40,300,600": (
        "région {box} : écrivez x,y,largeur,hauteur en pixels, comme 120,40,300,600"
    ),
    "box {box}: x and y start at 0, width and height at 1 (pixels)": (
        "région {box} : x et y commencent à 0, largeur et hauteur à 1 (en pixels)"
    ),
    "box {box} lies outside its {width} x {height} pixels": (
        "la région {box} est en dehors de ses {width} x {height} pixels"
    ),
    "box {box}: only an image has boxes, {term} is a text": (
        "région {box} : seule une image a des régions, {term} est un texte"
    ),
    "weight {weight}: a term's weight must be finite and not 0": (
        "poids {weight} : le poids d'un terme doit être fini et non nul"
    ),
    "balance {balance}: from 0 (images only) to 1 (texts only)": (
        "équilibre {balance} : de 0 (images seules) à 1 (textes seuls)"
    ),
    "the query is empty; give a text such as 'a red dress', or an image": (
        "la requête est vide ; donnez un texte, comme 'une robe rouge', ou une image"
    ),
    "the query has an empty {~modality}; give one, such as 'a red dress'": (
        "un terme de la requête est vide ({~modality}) ; donnez-en un, comme 'une robe rouge'"
    ),
    "the terms of the query cancel each other out: nothing to look for": (
        "les termes de la requête s'annulent : il n'y a rien à chercher"
    ),
    "k is {k}; ask for at least 1 result": "k vaut {k} ; demandez au moins 1 résultat",
    # conditions
    "where {where}: give conditions such as 'split=train'": (
        "where {where} : donnez des conditions comme 'split=train'"
    ),
    (
        "condition {condition} is not 'key=value'; others are such as 'width>=800', 'city~par', "
        "and quotes keep a value as it is: 'formula=\"=a\"'"
    ): (
        "la condition {condition} n'est pas de la forme 'clé=valeur' ; autres exemples : "
        "'width>=800', 'city~par' ; des guillemets gardent une valeur telle quelle : "
        "'formula=\"=a\"'"
    ),
    "language {lang}: give its code, such as en or fr": (
        "langue {lang} : donnez son code, comme en ou fr"
    ),
    "no item has a key {key}; there are: {others}": (
        "aucun élément n'a la clé {key} ; clés existantes : {others}"
    ),
    "no item has a key {key}; did you mean {near}? there are: {others}": (
        "aucun élément n'a la clé {key} ; vouliez-vous dire {near} ? clés existantes : {others}"
    ),
    "{key} {operator} {value}: the values of {name} are {~there}, and this is a {~given}": (
        "{key} {operator} {value} : les valeurs de {name} sont des {~there}, et ceci est un {~given}"
    ),
    "near {near}: write latitude,longitude,distance, such as 45.76,4.83,10km or 45.76,4.83,500m": (
        "near {near} : écrivez latitude,longitude,distance, comme 45.76,4.83,10km ou "
        "45.76,4.83,500m"
    ),
    "no item has coordinates: nothing is near": (
        "aucun élément n'a de coordonnées : rien n'est proche"
    ),
    "a TIFF with {how} compression is not read": "un TIFF de compression {how} n'est pas lu",
    "numbers": "nombres",
    "number": "nombre",
    "operator {operator}: known are {known}": (
        "opérateur {operator} inconnu ; choix possibles : {known}"
    ),
    # images and files
    "empty file": "fichier vide",
    "truncated": "tronqué",
    "does not fit in memory": "ne tient pas en mémoire",
    "cannot be decoded ({reason})": "ne peut être décodé ({reason})",
    "not an image of a known kind ({kinds})": "ce n'est pas une image d'un type connu ({kinds})",
    "no {kind} here": "pas de {kind} ici",
    "no XMP that can be read ({why})": "pas de XMP lisible ({why})",
    "more than {#size} MB of XMP; not read": "plus de {#size} Mo de XMP ; non lu",
    "{width} x {height} pixels, more than {most} million": (
        "{width} x {height} pixels, plus de {most} millions"
    ),
    "cannot be written ({~reason})": "ne peut être écrit ({~reason})",
    "no such file or folder": "fichier ou dossier introuvable",
    "write patterns without quotes, for the shell": (
        "écrivez les motifs sans guillemets, pour le shell"
    ),
    "if it was indexed before, `index --vanished` marks its files as missing": (
        "si cette source a déjà été indexée, `index --vanished` marque ses fichiers comme absents"
    ),
    "{source} is not a table; --columns is for tables alone": (
        "{source} n'est pas un tableau ; --columns ne vaut que pour les tableaux"
    ),
    "a source has an empty name; write '.' for this folder": (
        "une source a un nom vide ; écrivez '.' pour ce dossier"
    ),
    "no dataset {spec}; expected {~expected}: {names}": (
        "pas de jeu de données {spec} ; attendu : {~expected} : {names}"
    ),
    "no image that can be opened": "aucune image qui puisse être ouverte",
    # collections
    "no collection here": "pas de collection ici",
    "index some files into it first": "indexez-y d'abord des fichiers",
    "name one, or a file with --keys": "nommez-en une, ou un fichier avec --keys",
    "no collection here; name one with --collection, such as {names}": (
        "pas de collection ici ; nommez-en une avec --collection, comme {names}"
    ),
    "the collection has an empty name; write '.' for this folder": (
        "la collection a un nom vide ; écrivez '.' pour ce dossier"
    ),
    "another process is indexing into it; try again when that is done": (
        "un autre processus est en train d'y indexer ; réessayez quand il aura fini"
    ),
    "another process is writing to it; try again when that is done": (
        "un autre processus est en train d'y écrire ; réessayez quand il aura fini"
    ),
    "cannot be opened; check that you may read and write here": (
        "ne peut être ouverte ; vérifiez que vous avez le droit de lire et d'écrire ici"
    ),
    "the database is damaged; restore a copy, or delete it and index again": (
        "la base de données est endommagée ; restaurez une copie, ou supprimez-la et réindexez"
    ),
    "the disk is full": "le disque est plein",
    "the disk reports an error": "le disque signale une erreur",
    "not a collection; an SQLite database is expected": (
        "ce n'est pas une collection ; il faut une base SQLite"
    ),
    "you may not read it": "vous n'avez pas le droit de la lire",
    "it can be searched but not changed: you may not write here": (
        "on peut y chercher mais non la modifier : vous n'avez pas le droit d'écrire ici"
    ),
    "not a collection, but an empty file or the database of another program": (
        "ce n'est pas une collection, mais un fichier vide ou la base d'un autre programme"
    ),
    "{file}: made by a newer visavis (format {version}, this one reads {format})": (
        "{file} : faite par une version plus récente de visavis (format {version}, celle-ci lit {format})"
    ),
    "no regions here; index it again with --regions": (
        "pas de régions ici ; réindexez avec --regions"
    ),
    (
        "{location}: made with model {theirs}, and cannot be used with {ours}: name its own "
        "model, migrate it with `index --reencode`, or index into a new collection"
    ): (
        "{location} : faite avec le modèle {theirs}, et ne peut servir avec {ours} : nommez "
        "son modèle, convertissez-la par `index --reencode`, ou indexez dans une nouvelle "
        "collection"
    ),
    "an empty name; give an id or a path, '.' for this folder": (
        "un nom vide ; donnez un identifiant ou un chemin, '.' pour ce dossier"
    ),
    "neither an id nor a path of this collection": (
        "ni un identifiant ni un chemin de cette collection"
    ),
    # names of collections, settings
    "name {name}: use letters, digits, spaces, '.', '_' and '-'": (
        "nom {name} : utilisez lettres, chiffres, espaces, '.', '_' et '-'"
    ),
    "{name} is the name of {other}; write {path} for the folder": (
        "{name} est le nom de {other} ; écrivez {path} pour le dossier"
    ),
    "{name} is the name of {other}; forget it first": (
        "{name} est le nom de {other} ; oubliez-le d'abord"
    ),
    "{file}: unknown key {key}; {~hint}": "{file} : clé inconnue {key} ; {~hint}",
    "write a table, [{name}], with options": "écrivez une table, [{name}], avec des options",
    # models
    "{folder} is not a model folder: no {file} in it": (
        "{folder} n'est pas un dossier de modèle : il n'y a pas de {file}"
    ),
    "{name} is not here yet: {command}": "{name} n'est pas encore là : {command}",
    # server
    "choose another --port": "choisissez un autre --port",
    "{host} port {port}: {~reason}; choose another --port": (
        "{host}, port {port} : {~reason} ; choisissez un autre --port"
    ),
    "--host {host}: no such address; try 127.0.0.1 or 0.0.0.0": (
        "--host {host} : adresse introuvable ; essayez 127.0.0.1 ou 0.0.0.0"
    ),
    "--host {host} is beyond this machine: make a key first, with visavis keys add NAME": (
        "--host {host} s'étend au-delà de cette machine : créez d'abord une clé, par visavis keys "
        "add NOM"
    ),
    "{file}: no keys there; make one with visavis keys add NAME": (
        "{file} : pas de clés ; créez-en une par visavis keys add NOM"
    ),
    # plugins and places
    "the {~noun} {name} cannot be imported from {module}: {reason}": (
        "impossible d'importer {~noun} {name} de {module} : {reason}"
    ),
    "near {value}: latitude, longitude and kilometres are numbers": (
        "près de {value} : la latitude, la longitude et les kilomètres sont des nombres"
    ),
    "the device page is not built: make device-page": (
        "la page qui cherche dans le navigateur n'est pas construite : make device-page"
    ),
}
