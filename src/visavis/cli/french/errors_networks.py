"""Errors of networks: weights, towers, teachers, tokenizers, their import and export."""

ERRORS_NETWORKS = {
    # weights
    "no such file of weights": "fichier de poids introuvable",
    "holds no weights (model.safetensors)": "ne contient pas de poids (model.safetensors)",
    "holds something other than tensors by name": "contient autre chose que des tenseurs nommés",
    "cannot be read as weights ({~reason})": "illisible comme poids ({~reason})",
    "no folder here, and not available from the hub ({~reason})": (
        "pas de dossier ici, et indisponible sur le hub ({~reason})"
    ),
    "{#found} convolutions where the network has {#expected}": (
        "{#found} convolutions là où le réseau en a {#expected}"
    ),
    "weights of another architecture: {name} is unknown": (
        "poids d'une autre architecture : {name} est inconnu"
    ),
    "weights of another architecture: no {name}": (
        "poids d'une autre architecture : il manque {name}"
    ),
    "weights of another architecture: no {name} in it": (
        "poids d'une autre architecture : il y manque {name}"
    ),
    "weights of another architecture: {name} is {found}, expected {expected}": (
        "poids d'une autre architecture : {name} vaut {found}, attendu {expected}"
    ),
    "its weights lack {name}": "il manque {name} dans ses poids",
    "no such folder": "dossier introuvable",
    # image towers
    'mobilenet_v2: name its weights, a file or "random"': (
        'mobilenet_v2 : nommez ses poids, un fichier ou "random"'
    ),
    'resnet50: run "{command}", or name its weights, a file or "random"': (
        'resnet50 : lancez "{command}", ou nommez ses poids, un fichier ou "random"'
    ),
    "image.weights = {weights}: the bundled backbone has its own": (
        "image.weights = {weights} : le réseau fourni a les siens"
    ),
    "{backbone} with its ImageNet weights": "{backbone} avec ses poids d'ImageNet",
    "not a network of images ({~reason})": "ce n'est pas un réseau d'images ({~reason})",
    "only the attention head takes a pyramid": "seule la tête d'attention accepte une pyramide",
    'the attention head needs a feature map: features = "map" or "pyramid"': (
        'la tête d\'attention demande une carte de caractéristiques : features = "map" ou "pyramid"'
    ),
    "width {#width} is not a multiple of the attention's {#heads} heads": (
        "la largeur {#width} n'est pas un multiple des {#heads} têtes d'attention"
    ),
    "class vectors need a classifier of pooled features: {name} has none, or its features are "
    "{features}": (
        "les vecteurs de classe demandent un classifieur de caractéristiques agrégées : {name} "
        "n'en a pas, ou ses caractéristiques sont {features}"
    ),
    "{backbone} has no features {name}, only {names}": (
        "{backbone} n'a pas de caractéristiques {name}, seulement {names}"
    ),
    # text towers
    "not a BERT, whose tokens could be replaced": (
        "ce n'est pas un BERT, dont on pourrait remplacer les tokens"
    ),
    "no tokenizer in it (tokenizer.json)": "il n'y a pas de tokenizer (tokenizer.json)",
    "its tokenizer needs a token for padding and one for no text": (
        "son tokenizer doit avoir un token de remplissage et un pour l'absence de texte"
    ),
    "not a network of texts ({~reason})": "ce n'est pas un réseau de textes ({~reason})",
    "its tokenizer cannot be loaded ({~reason})": "son tokenizer ne se charge pas ({~reason})",
    "the tokenizer {name} cannot run without transformers": (
        "le tokenizer {name} ne fonctionne pas sans transformers"
    ),
    "holds a vector for none of the captions' words": (
        "n'a de vecteur pour aucun mot des légendes"
    ),
    "word vectors cannot be learned from texts without a word": (
        "des vecteurs de mots ne s'apprennent pas de textes sans mots"
    ),
    # drawn classes
    "data.classes names class {#number}, but the classifier's are 0 to {#last}": (
        "data.classes nomme la classe {#number}, mais celles du classifieur vont de 0 à {#last}"
    ),
    "expected a class, a tab and its name": "attendu : une classe, une tabulation et son nom",
    "no such folder of drawn images": "dossier d'images dessinées introuvable",
    "no images in it": "il n'y a pas d'images",
    "no name of {name}": "aucun nom pour {name}",
    # teachers
    "a teacher that is no .npz file needs pip install sentence-transformers": (
        "un professeur qui n'est pas un fichier .npz demande pip install sentence-transformers"
    ),
    "not a sentence-transformers model ({~reason})": (
        "ce n'est pas un modèle de sentence-transformers ({~reason})"
    ),
    "no teacher's vectors in it ({~reason})": "aucun vecteur de professeur ({~reason})",
    "not a model folder of ONNX networks": "ce n'est pas un dossier de modèle fait de réseaux ONNX",
    "model = {name}: {~reason}": "model = {name} : {~reason}",
    "data.teacher_model = {name}: {~reason}": "data.teacher_model = {name} : {~reason}",
    "vectors cannot be kept, {~reason}": "les vecteurs ne peuvent pas être gardés, {~reason}",
    # features
    "its features {name} do not fit half precision": (
        "ses caractéristiques {name} ne tiennent pas en demi-précision"
    ),
    "features cannot be kept, {~reason}": (
        "les caractéristiques ne peuvent pas être gardées, {~reason}"
    ),
    "changed while it was read": "modifié pendant la lecture",
    # import and export
    "cannot be loaded by transformers ({~reason})": "transformers ne le charge pas ({~reason})",
    "images have {#image} dimensions and texts {#text}: not one space": (
        "les images ont {#image} dimensions et les textes {#text} : ce n'est pas le même espace"
    ),
    "no output called {name}, only {names}": "aucune sortie nommée {name}, seulement {names}",
    "a Transformer and a Pooling are expected, not {names}": (
        "attendu : un Transformer et un Pooling, pas {names}"
    ),
    "lowest cosine to {name} {#found}, expected {#expected}": (
        "plus petit cosinus avec {name} : {#found}, attendu {#expected}"
    ),
    "torch cannot export the network ({~reason})": "torch n'exporte pas ce réseau ({~reason})",
    "a vector is zero or not finite": "un vecteur est nul ou non fini",
    "vectors of {#found} dimensions instead of {#expected}": (
        "des vecteurs de {#found} dimensions au lieu de {#expected}"
    ),
}
