"""What a training run tells, line by line, and the recipes of the package."""

TRAINING = {
    # recipes
    "The original system: class vectors, word vectors, triplets with Euclidean distance.": (
        "Le système d'origine : vecteurs de classe, vecteurs de mots, triplets avec distance "
        "euclidienne."
    ),
    "How the bundled model is made: a small language model, attention over a pyramid, fine-tuned.": (
        "Comment le modèle fourni est fait : un petit modèle de langue, de l'attention sur une "
        "pyramide, le tout affiné."
    ),
    "InfoNCE with several captions an image as positives.": (
        "InfoNCE avec plusieurs légendes positives par image."
    ),
    "A small model learns from a large one, such as SigLIP 2: data.teacher_model=NAME or a folder.": (
        "Un petit modèle apprend d'un grand, tel SigLIP 2 : data.teacher_model=NOM ou un dossier."
    ),
    "A pretrained model learns from your images: --model names it.": (
        "Un modèle préentraîné apprend de vos images : --model le nomme."
    ),
    "SigLIP: each pair of the batch is a yes-or-no question of its own.": (
        "SigLIP : chaque paire du lot est une question à part, à laquelle on répond par oui ou non."
    ),
    "VSE++: the sum of violations first, then the hardest negative of the batch.": (
        "VSE++ : d'abord la somme des violations, puis le négatif le plus difficile du lot."
    ),
    # before the first step
    "learning from {#images} images and {#captions} captions; {~note}, {#dev} images and {#texts} "
    "captions": (
        "apprentissage de {#images} images et {#captions} légendes ; {~note}, {#dev} images et "
        "{#texts} légendes"
    ),
    "dev: the split {name}": "dev : le split {name}",
    "dev: {#count} training images held out, as the dataset has no dev split": (
        "dev : {#count} images d'entraînement mises à part, faute de split dev"
    ),
    "dev: the training images themselves, as there are so few": (
        "dev : les images d'entraînement elles-mêmes, tant il y en a peu"
    ),
    "image left out: {path}: {~reason}": "image laissée de côté : {path} : {~reason}",
    "{what}: {#done} of {#total} images": "{what} : {#done} images sur {#total}",
    "stage {name} left out: no data.{material}": (
        "étape {name} laissée de côté : pas de data.{material}"
    ),
    "stage {name}: loss {loss} left out: its material is not given": (
        "étape {name} : fonction de coût {loss} laissée de côté, faute de données pour elle"
    ),
    "class vectors left out: no data.classes, no data.drawn": (
        "vecteurs de classe laissés de côté : pas de data.classes, ni de data.drawn"
    ),
    "the teacher {name} encodes {#images} images": "le professeur {name} encode {#images} images",
    "the teacher {name} encodes {#images} images, and {#more} without captions": (
        "le professeur {name} encode {#images} images, et {#more} sans légende"
    ),
    "the teacher {name} encodes {#texts} texts": "le professeur {name} encode {#texts} textes",
    "{#count} captions ({langs}) are in no language of the teacher: they do not learn": (
        "{#count} légendes ({langs}) ne sont dans aucune langue du professeur : elles n'apprennent "
        "rien"
    ),
    # while it runs
    "{stage} {#epoch}: loss {#loss}, {#pairs}/s in {#seconds} s, waiting {#share}%": (
        "{stage} {#epoch} : perte {#loss}, {#pairs}/s en {#seconds} s, dont {#share} % d'attente"
    ),
    "{stage} {#epoch}: loss {#loss}, {#pairs}/s in {#seconds} s, waiting {#share}%, dev loss {#dev}": (
        "{stage} {#epoch} : perte {#loss}, {#pairs}/s en {#seconds} s, dont {#share} % d'attente, "
        "perte sur dev {#dev}"
    ),
    "{stage} {#epoch}: as it was": "{stage} {#epoch} : tel qu'au départ",
    "{stage} {#epoch}: as it was, dev loss {#dev}": (
        "{stage} {#epoch} : tel qu'au départ, perte sur dev {#dev}"
    ),
    "{stage} {#epoch}: resumed": "{stage} {#epoch} : reprise",
    "{stage} {#epoch}: resumed, dev loss {#dev}": (
        "{stage} {#epoch} : reprise, perte sur dev {#dev}"
    ),
    "{stage}: mean of {names}": "{stage} : moyenne de {names}",
    "{stage}: {#share}% of the first weights, {#rest}% of those learned": (
        "{stage} : {#share} % des poids du départ, {#rest} % des poids appris"
    ),
    "{stage}: weights as the model folder keeps them": (
        "{stage} : poids tels que le dossier du modèle les garde"
    ),
    "{stage}: class vectors {#factor} times as long": (
        "{stage} : vecteurs de classes {#factor} fois plus longs"
    ),
    "{stage}: {#named} of {#known} classes named": "{stage} : {#named} classes nommées sur {#known}",
    "{stage}: {#count} classes of {#images} images, loss {#loss}": (
        "{stage} : {#count} classes de {#images} images, perte {#loss}"
    ),
    "{stage}: anchors explain {#images}% of images' hubness and {#texts}% of texts'": (
        "{stage} : les ancres expliquent {#images} % de la hubness des images et {#texts} % de "
        "celle des textes"
    ),
    "resumed after step {#step}": "reprise après le pas {#step}",
    "encoding the whole dataset for TensorBoard's projector": (
        "encodage de tout le jeu de données pour le projecteur de TensorBoard"
    ),
}
