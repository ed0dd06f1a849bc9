"""Errors of training: recipes, models to begin with, data, runs."""

ERRORS_TRAINING = {
    # recipes
    "recipe": "recette",
    "key": "réglage",
    "stage": "étape",
    "unknown recipe {name}; {~hint} (a file ends in .toml)": (
        "recette inconnue : {name} ; {~hint} (un fichier se termine par .toml)"
    ),
    "unknown stage {name}; {~hint}": "étape inconnue : {name} ; {~hint}",
    "--set {change}: expected KEY=VALUE, such as image.head=mlp": (
        "--set {change} : attendu CLÉ=VALEUR, par exemple image.head=mlp"
    ),
    "--set {change}: name a stage, such as {example}": (
        "--set {change} : nommez une étape, par exemple {example}"
    ),
    "--set {change} has no effect: set {names}, which go before it": (
        "--set {change} n'a pas d'effet : réglez {names}, qui passent avant"
    ),
    "{key} = {value}; expected one of {names}": "{key} = {value} ; attendu : {names}",
    "{key} = {value}; expected a number, {allowed}": (
        "{key} = {value} ; attendu un nombre ({allowed})"
    ),
    "{source}: not a recipe in TOML ({reason})": (
        "{source} : ce n'est pas une recette en TOML ({reason})"
    ),
    "{where} needs further data: give data.{material} = PATH": (
        "{where} demande d'autres données : donnez data.{material} = CHEMIN"
    ),
    "recipe {name}: each stage needs data that is missing: {listed}": (
        "recette {name} : à chaque étape, il manque des données : {listed}"
    ),
    "{where}.chunk = 1; expected 0, or 2 images or more": (
        "{where}.chunk = 1 ; attendu 0, ou au moins 2 images"
    ),
    # what fine-tuning begins with
    "recipe {name}: name the model to begin with, --model NAME": (
        "recette {name} : nommez le modèle de départ, --model NOM"
    ),
    "{where}.crop: a pretrained model takes images of its own size only": (
        "{where}.crop : un modèle préentraîné ne prend que des images à sa taille"
    ),
    "{tower}.lora: adapters are for a recipe with a model": (
        "{tower}.lora : les adaptateurs sont pour une recette qui part d'un modèle"
    ),
    "lora: the tower has no blocks with linear layers": (
        "lora : ce réseau n'a pas de blocs avec des couches linéaires"
    ),
    "the last {#count} blocks are to learn, but there are {#found} blocks": (
        "les {#count} derniers blocs doivent apprendre, mais il n'y a que {#found} blocs"
    ),
    "ONNX alone is published of it; run visavis models pull {name} first": (
        "il n'est publié qu'en ONNX ; lancez d'abord visavis models pull {name}"
    ),
    "its network has {what}, which training does not support": (
        "son réseau contient {what}, que l'entraînement ne prend pas en charge"
    ),
    "its tokenizer does not pad texts on the right and truncate them": (
        "son tokenizer ne complète pas les textes à droite, ou ne les tronque pas"
    ),
    "its texts are padded on the left, which training does not support": (
        "ses textes sont complétés à gauche, ce que l'entraînement ne prend pas en charge"
    ),
    "{source}: neither a folder nor a repository of the hub (owner/name)": (
        "{source} : ni un dossier, ni un dépôt du hub (propriétaire/nom)"
    ),
    # data
    "{name}: {#count} of {#total} training images have captions; at least 2 are needed, one to tell from "
    "the other": (
        "{name} : {#count} des {#total} images d'entraînement ont des légendes ; il en faut au "
        "moins 2, pour les distinguer l'une de l'autre"
    ),
    "{name} has no captions in {lang}; languages: {langs}": (
        "{name} n'a pas de légendes en {lang} ; langues : {langs}"
    ),
    "{name} has no split 'train'; it has: {splits}": (
        "{name} n'a pas de split 'train' ; il contient : {splits}"
    ),
    "{name}: no dev image has a caption that a person wrote": (
        "{name} : aucune image de dev n'a de légende écrite par une personne"
    ),
    "too few images can be opened: 2 to learn from and 1 for dev, at least": (
        "trop peu d'images peuvent être ouvertes : il en faut au moins 2 pour apprendre et 1 pour dev"
    ),
    "a training image cannot be opened any more: run the same command again": (
        "une image d'entraînement ne s'ouvre plus : relancez la même commande"
    ),
    # runs
    "{folder} already holds a model: name another --out, or remove it": (
        "{folder} contient déjà un modèle : donnez un autre --out, ou supprimez-le"
    ),
    "{path}: not a checkpoint that can be read; remove it to start anew": (
        "{path} : point de reprise illisible ; supprimez-le pour repartir de zéro"
    ),
    "{folder} holds a run with {key} = {stored}, not {now}: give the same to go on, or another --out to "
    "start anew": (
        "{folder} contient un entraînement avec {key} = {stored}, et non {now} : donnez la même valeur "
        "pour le poursuivre, ou un autre --out pour repartir de zéro"
    ),
    "step {#step}: numbers have run away, the loss is {loss}; lower the learning rate (rate) or the "
    "largest gradient (clip)": (
        "pas {#step} : le calcul diverge, la perte vaut {loss} ; baissez le taux d'apprentissage "
        "(rate) ou le plus grand gradient (clip)"
    ),
    # models in eight bits
    "int8-static is for convolutional networks, and the image network has {#count} convolutions: choose "
    "int8": (
        "int8-static est pour les réseaux convolutifs, et le réseau d'images a {#count} "
        "convolutions : choisissez int8"
    ),
    # recipes, further
    'image.head = "attention" needs a feature map: image.features = "map"': (
        'image.head = "attention" demande une carte de caractéristiques : image.features = "map"'
    ),
    "image.hubness and text.hubness: give both towers anchors, or none": (
        "image.hubness et text.hubness : donnez des ancres aux deux réseaux, ou à aucun"
    ),
    "text.model: name a transformers model, a folder or one of the hub": (
        "text.model : nommez un modèle transformers, un dossier ou un modèle du hub"
    ),
    "negatives of a round are for the loss triplet alone": (
        "les négatifs d'un tour sont pour la seule fonction de coût triplet"
    ),
    "{name} needs a part of the image tower that the recipe leaves out: image.{part}": (
        "{name} demande une partie du réseau d'images que la recette omet : image.{part}"
    ),
    "not a name for a stage (letters, digits, - _ .)": (
        "ce n'est pas un nom d'étape (lettres, chiffres, - _ .)"
    ),
    "two stages have this name": "deux étapes portent ce nom",
    "{stage}.of: name the stages to average": "{stage}.of : nommez les étapes à moyenner",
    "{stage}.start: {~reason}": "{stage}.start : {~reason}",
    "{stage}.of: {~reason}": "{stage}.of : {~reason}",
    "no stage {name} before it; {~hint}": "aucune étape {name} avant elle ; {~hint}",
    "--set: {name} is a value, not a table": "--set : {name} est une valeur, pas une table",
    "each of [[stages]] needs a name": "chaque [[stages]] doit avoir un nom",
    "{name} is a table: write {same}.KEY=VALUE": "{name} est une table : écrivez {same}.CLÉ=VALEUR",
    "the loss {loss} needs negatives that a miner has chosen": (
        "la fonction de coût {loss} demande des négatifs choisis par une fouille"
    ),
    # data and runs, further
    "translations: no line of data.pairs has two texts": (
        "translations : aucune ligne de data.pairs n'a deux textes"
    ),
    "data.images: {path}: no images in it": "data.images : {path} : il n'y a pas d'images",
    "{#images} and {#captions} vectors for {#expected} images and {#texts} captions": (
        "{#images} et {#captions} vecteurs pour {#expected} images et {#texts} légendes"
    ),
    "the tracker {name}": "le suivi {name}",
    "the tracker {name}: {~reason}": "le suivi {name} : {~reason}",
    "the model gives {modality} vectors that are not numbers": (
        "le modèle donne des vecteurs ({modality}) qui ne sont pas des nombres"
    ),
    "the model gives every {modality} the same vector (it collapsed)": (
        "le modèle donne partout le même vecteur ({modality}) : il s'est effondré"
    ),
    "relevance model {name} needs a package: pip install {package}": (
        "le modèle de pertinence {name} demande un paquet : pip install {package}"
    ),
}
