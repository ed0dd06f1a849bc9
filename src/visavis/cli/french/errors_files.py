"""Errors of what is read: tables and other datasets, downloads, images, damaged collections."""

ERRORS_FILES = {
    # usage
    "a file for a device holds no regions: leave --regions out": (
        "un fichier pour un appareil ne contient pas de régions : enlevez --regions"
    ),
    "--vectors and --thumbnails go with --for-device": (
        "--vectors et --thumbnails vont avec --for-device"
    ),
    "vectors {vectors}: known are {names}": (
        "vecteurs {vectors} : inconnus ; choix possibles : {names}"
    ),
    "thumbnails {thumbnails}: a side has at least {least} pixels": (
        "vignettes {thumbnails} : un côté a au moins {least} pixels"
    ),
    "min_relevance {#least}: {~reason}": "min_relevance {#least} : {~reason}",
    "--workers: this system serves with one process only": (
        "--workers : ce système ne sert qu'avec un seul processus"
    ),
    "order {order}: known are {names}": "ordre {order} inconnu ; choix possibles : {names}",
    "near {position}: latitudes go from -90 to 90, longitudes from -180 to 180": (
        "near {position} : les latitudes vont de -90 à 90, les longitudes de -180 à 180"
    ),
    "near: {#distance} km; a distance is more than 0": (
        "near : {#distance} km ; une distance est supérieure à 0"
    ),
    "key {key}: a key is a text without double quotes": (
        "clé {key} : une clé est un texte sans guillemets doubles"
    ),
    "value {value}: a value is a text or a finite number": (
        "valeur {value} : une valeur est un texte ou un nombre fini"
    ),
    "condition on {text}: not UTF-8": "condition sur {text} : ce n'est pas de l'UTF-8",
    "the text {text} is not UTF-8": "le texte {text} n'est pas de l'UTF-8",
    # files and tables
    "not UTF-8": "ce n'est pas de l'UTF-8",
    "its name is not UTF-8; rename it": "son nom n'est pas de l'UTF-8 ; renommez-le",
    "a text of {#letters} letters; at most {#most} are read": (
        "un texte de {#letters} lettres ; {#most} au plus sont lues"
    ),
    "more than {#size} MB of text; not read": "plus de {#size} Mo de texte ; non lu",
    "{file}: there is a file already, and it is no page; name another": (
        "{file} : il y a déjà un fichier, et ce n'est pas une page ; nommez-en un autre"
    ),
    "{file}: there is a file already, of another kind; name another": (
        "{file} : il y a déjà un fichier, d'une autre sorte ; nommez-en un autre"
    ),
    "a text in UTF-16; save it in UTF-8": "un texte en UTF-16 ; enregistrez-le en UTF-8",
    "{#count} columns are called {name}; the first one counts": (
        "{#count} colonnes s'appellent {name} ; la première compte"
    ),
    "a rule is not UTF-8: {line}": "une règle n'est pas de l'UTF-8 : {line}",
    "{what} is not UTF-8": "{what} n'est pas de l'UTF-8",
    "not a JSON object": "ce n'est pas un objet JSON",
    "not JSON: {reason}": "ce n'est pas du JSON : {reason}",
    "not a list of objects with an image and a text": (
        "ce n'est pas une liste d'objets avec une image et un texte"
    ),
    "not a Parquet file: {reason}": "ce n'est pas un fichier Parquet : {reason}",
    "no column {wanted}": "pas de colonne {wanted}",
    "{file}: no column {wanted}; {~expected}; it reads {line}": (
        "{file} : pas de colonne {wanted} ; {~expected} ; on y lit {line}"
    ),
    "the first line must name the columns, image and text at least, if --columns does not": (
        "la première ligne doit nommer les colonnes, au moins image et text, si --columns ne le fait pas"
    ),
    "no column {wanted} among {names}": "pas de colonne {wanted} parmi {names}",
    "split {split}, but the image is already in {other}": (
        "split {split}, mais l'image est déjà dans {other}"
    ),
    "not COCO captions: no 'images' and 'annotations' in it": (
        "ce ne sont pas des légendes de COCO : il n'y a ni 'images' ni 'annotations'"
    ),
    "not one of Karpathy's files: no list 'images' in it": (
        "ce n'est pas un des fichiers de Karpathy : il n'y a pas de liste 'images'"
    ),
    "{folder} is not a Flickr30k folder: no captions, {expected}": (
        "{folder} n'est pas un dossier de Flickr30k : pas de légendes, {expected}"
    ),
    "{file}: not of Flickr30k: no images beside it, expected {expected}": (
        "{file} : ce n'est pas Flickr30k : aucune image à côté, {expected} attendu"
    ),
    "{folder} is not an XTD10 folder: no XTD10/{file} in it": (
        "{folder} n'est pas un dossier de XTD10 : il n'y a pas de XTD10/{file}"
    ),
    "{file}: not Crossmodal-3600: no lines with {keys}": (
        "{file} : ce n'est pas Crossmodal-3600 : aucune ligne avec {keys}"
    ),
    "no image {name}": "pas d'image {name}",
    "{name} is already in {other}": "{name} est déjà dans {other}",
    "expected FOLDER, a tab, ENGLISH, a tab, FRENCH": (
        "attendu : DOSSIER, une tabulation, ANGLAIS, une tabulation, FRANÇAIS"
    ),
    "cannot be unpacked, {~reason}": "ne peut être décompressé, {~reason}",
    "{folder}: no shards, expected *.tar in it": (
        "{folder} : aucune archive ; il doit y avoir des *.tar"
    ),
    "no such shard": "archive introuvable",
    "no image, only {names}": "pas d'image, seulement {names}",
    "its JSON is not an object": "son JSON n'est pas un objet",
    "text, lang or split is not a text": "text, lang ou split n'est pas un texte",
    "no text": "pas de texte",
    "{folder} is not empty, and has no {file} drawn earlier": (
        "{folder} n'est pas vide, et n'a pas de {file} d'un dessin précédent"
    ),
    # downloads
    "failed {address}: {~reason}": "échec : {address} : {~reason}",
    "the connection ended early": "la connexion s'est terminée trop tôt",
    "not a valid address ({reason})": "adresse non valable ({reason})",
    "larger than {#size} MB": "plus de {#size} Mo",
    "too slow": "trop lent",
    "{host} is in the local network: see --private": (
        "{host} est dans le réseau local : voir --private"
    ),
    "its owner forbids this ({rule})": "son propriétaire l'interdit ({rule})",
    "only {width} × {height} pixels": "seulement {width} × {height} pixels",
    # images and videos
    "not a video of a known kind ({names})": "ce n'est pas une vidéo d'un format connu ({names})",
    "no video in it": "il n'y a pas de vidéo",
    "no frame at {#seconds} s": "pas d'image à {#seconds} s",
    "takes too long to decode (more than {#seconds} s)": (
        "trop long à décoder (plus de {#seconds} s)"
    ),
    "cannot be decoded (its decoder crashed)": "ne peut être décodé (son décodeur a planté)",
    "no frame in it can be decoded": "aucune de ses images ne peut être décodée",
    "no JPEG XL codestream": "pas de données JPEG XL",
    # damage
    "its item is a text without a text": "son élément est un texte sans texte",
    "the row of {source} cannot be read": "la ligne de {source} ne peut être lue",
    "the marks of an item cannot be read": "les marques d'un élément ne peuvent être lues",
    "the box {box} cannot be read": "la région {box} ne peut être lue",
    "{file}: {key}: {value} is not a text": "{file} : {key} : {value} n'est pas un texte",
    "{file}: {key}: write a list, {example}": "{file} : {key} : écrivez une liste, {example}",
    "a source is not a text": "une source n'est pas un texte",
    "its table `meta` lacks the state": "il manque l'état dans sa table `meta`",
    "its table `meta` lacks the model or the dimension": (
        "il manque le modèle ou la dimension dans sa table `meta`"
    ),
    "{source}: item {item} is new and has no vector": (
        "{source} : l'élément {item} est nouveau et n'a pas de vecteur"
    ),
    # models
    "{folder}: a network has no output {name}, only {names}": (
        "{folder} : un réseau n'a pas de sortie {name}, seulement {names}"
    ),
    "{folder}: no {file} that says what images it takes": (
        "{folder} : pas de {file} qui dise quelles images il prend"
    ),
    "{value} (known: {names})": "{value} (choix possibles : {names})",
    "{name} has no ready export: visavis models import {same} --out FOLDER": (
        "{name} n'a pas d'export tout prêt : visavis models import {same} --out DOSSIER"
    ),
    "{name} is not the name of a repository (owner/name)": (
        "{name} n'est pas le nom d'un dépôt (propriétaire/nom)"
    ),
    # word vectors
    "{file}: no such file of word vectors": "{file} : fichier de vecteurs de mots introuvable",
    "these word vectors cannot be read ({reason})": (
        "ces vecteurs de mots ne peuvent être lus ({reason})"
    ),
    "some of these word vectors hold no finite numbers": (
        "certains de ces vecteurs de mots contiennent des nombres qui ne sont pas finis"
    ),
    "{word} is not among the {count} of {file}": "{word} n'est pas parmi les {count} de {file}",
    # keys, engines
    "a scope is read or write": "un droit est read ou write",
    "a key needs a name, such as the device that will use it": (
        "une clé a besoin d'un nom, comme l'appareil qui s'en servira"
    ),
    "{file} is not a folder: name a file with --keys": (
        "{file} n'est pas un dossier : nommez un fichier par --keys"
    ),
    "{file}: there is a key {!name} already; remove it first": (
        "{file} : il y a déjà une clé {!name} ; retirez-la d'abord"
    ),
    "{file}: no key {!name}; {~hint}": "{file} : pas de clé {!name} ; {~hint}",
    "{file}: not a key file ({reason})": "{file} : ce n'est pas un fichier de clés ({reason})",
    "the server does not answer": "le serveur ne répond pas",
    "{url}: no collection {name} in it": "{url} : il n'y a pas de collection {name}",
    "{url}: there is a collection {name} already": "{url} : il y a déjà une collection {name}",
    "collection {name}: expected lower-case letters, digits, - and _": (
        "collection {name} : attendu : lettres minuscules, chiffres, - et _"
    ),
    # evaluation
    "the model gives every image and text the same score (it collapsed)": (
        "le modèle donne le même score à toutes les images et à tous les textes (il s'est effondré)"
    ),
    "{dataset}: no image of split {split} has a class": (
        "{dataset} : aucune image du split {split} n'a de classe"
    ),
    (
        "{one} and {other} have different queries: compare models on one split of one "
        "dataset, with the same number of folds"
    ): (
        "{one} et {other} ont des requêtes différentes : comparez les modèles sur un même "
        "split d'un même jeu de données, avec autant de plis"
    ),
    # datasets, further
    "Hugging Face datasets": "les jeux de données de Hugging Face",
    "Parquet": "Parquet",
    "no usable image": "aucune image utilisable",
    "no usable image; {~first}": "aucune image utilisable ; {~first}",
    "{~problem} among {names}": "{~problem} parmi {names}",
    "damaged: {~reason}": "endommagé : {~reason}",
    "{key} cannot be unpacked, {~reason}": "{key} ne peut pas être extrait, {~reason}",
    "{#found} lines where {file} has {#expected}": "{#found} lignes là où {file} en a {#expected}",
    # images, further
    "{width} x {height} pixels of {kind} need more than {#most} GB to decode": (
        "{width} x {height} pixels de {kind} : plus de {#most} Go pour les décoder"
    ),
}
