"""Help of the commands for models, datasets, training and evaluation."""

HELP_RESEARCH = {
    # fetch
    "Fetch the images that a dataset names by web address.": (
        "Télécharger les images qu'un jeu de données désigne par leur adresse web."
    ),
    (
        "They are kept in the cache as JPEG, reduced in size; all other commands find them "
        "there and do not use the network. Run the command again to resume, and to try again "
        "what failed: failures are counted by reason and listed, and the exit code is then "
        "3."
    ): (
        "Elles sont gardées dans le cache, réduites, en JPEG ; toutes les autres commandes "
        "les y trouvent et n'utilisent pas le réseau. Relancez la commande pour reprendre, "
        "et pour réessayer ce qui a échoué : les échecs sont comptés par cause et listés, et "
        "le code de sortie est alors 3."
    ),
    "Shortest side of the images kept, in pixels.": (
        "Plus petit côté des images gardées, en pixels."
    ),
    "Shortest side that is accepted, in pixels.": "Plus petit côté accepté, en pixels.",
    "Seconds allowed for a download.": "Durée maximale d'un téléchargement, en secondes.",
    "Further attempts after a failure.": "Nouvelles tentatives en cas d'échec.",
    "Downloads at a time.": "Téléchargements simultanés.",
    "Also fetch from this machine and its network.": (
        "Télécharger aussi depuis cette machine et son réseau."
    ),
    # train
    "Train a model on images with captions.": "Entraîner un modèle sur des images légendées.",
    (
        "RECIPE is a name of --list or a TOML file. The same command resumes after an "
        "interruption; curves are shown by TensorBoard: tensorboard --logdir MODEL/run."
    ): (
        "RECETTE est un nom de --list ou un fichier TOML. La même commande reprend après une "
        "interruption ; TensorBoard montre les courbes : tensorboard --logdir MODÈLE/run."
    ),
    "A dataset, such as flickr8k:PATH.": "Un jeu de données, comme flickr8k:CHEMIN.",
    "A dataset, such as flickr8k:PATH. Repeatable.": (
        "Un jeu de données, comme flickr8k:CHEMIN. Peut être répété."
    ),
    "The model that the recipe finetune begins with.": "Le modèle dont part la recette finetune.",
    "The model folder to write; the run's state is in MODEL/run.": (
        "Le dossier du modèle à écrire ; l'état de l'entraînement est dans MODÈLE/run."
    ),
    "Change a value of the recipe, such as stages.heads.epochs=3. Repeatable.": (
        "Changer une valeur de la recette, comme stages.heads.epochs=3. Peut être répété."
    ),
    "Languages of the captions. [default: all there are]": (
        "Langues des légendes. [par défaut : toutes]"
    ),
    "Random seed, instead of the recipe's.": "Graine aléatoire, au lieu de celle de la recette.",
    "Where to train; auto takes a GPU if there is one.": (
        "Où entraîner ; auto prend un GPU s'il y en a un."
    ),
    "List the recipes of the package.": "Lister les recettes fournies.",
    "At the end, write the whole dataset for TensorBoard's projector.": (
        "À la fin, écrire tout le jeu de données pour le projecteur de TensorBoard."
    ),
    "Send the curves to this tracker as well. Repeatable.": (
        "Envoyer aussi les courbes à ce service. Peut être répété."
    ),
    "Print the recipe with all its values, and stop.": (
        "Afficher la recette avec toutes ses valeurs, et s'arrêter là."
    ),
    # evaluate, compare
    "Measure a model on a dataset.": "Évaluer un modèle sur un jeu de données.",
    (
        "Prints recall at 1, 5 and 10 and the median rank, by language and direction. --json and "
        "--report give all figures, with 95 % confidence intervals."
    ): (
        "Affiche le rappel à 1, 5 et 10 et le rang médian, par langue et par sens. --json et "
        "--report donnent tous les chiffres, avec des intervalles de confiance à 95 %."
    ),
    (
        "--task classify prints the top-1 and top-5 accuracy of zero-shot classification, "
        "with intervals, on images in folders that are named after their classes: see "
        "classes:FOLDER."
    ): (
        "--task classify affiche l'exactitude top-1 et top-5 d'une classification sans "
        "exemples (zero-shot), avec des intervalles, sur des images rangées dans un dossier "
        "par classe : voir classes:DOSSIER."
    ),
    "Search images and texts, or classify images.": (
        "Chercher images et textes, ou classer les images."
    ),
    "The split to measure on.": "La partie (split) sur laquelle évaluer.",
    "Languages. [default: all of the split]": "Langues. [par défaut : toutes celles du split]",
    "Divide the split into N parts, each searched separately.": (
        "Diviser le split en N parts, où l'on cherche séparément."
    ),
    "Add semantic figures, by tfidf, minilm or a model folder.": (
        "Ajouter des mesures sémantiques, par tfidf, minilm ou un dossier de modèle."
    ),
    "Write an HTML report with curves, examples and semantic figures (tfidf by default).": (
        "Écrire un rapport HTML avec courbes, exemples et mesures sémantiques (tfidf par défaut)."
    ),
    "Measure even if images of the split are also in the training split.": (
        "Évaluer même si des images du split sont aussi dans celui d'entraînement."
    ),
    "Compare models on the same queries.": "Comparer des modèles sur les mêmes requêtes.",
    (
        'A B … are model folders, names of pulled models (see models list), or "bundled" for the '
        "model inside the package. The p values come from a paired randomisation test over images, "
        "with Holm's correction for multiple comparisons; a winner is named if p < 0.05."
    ): (
        "A B … sont des dossiers de modèles, des noms de modèles téléchargés (voir models list), "
        "ou « bundled » pour le modèle fourni. Les valeurs p viennent d'un test de permutation apparié sur les images, avec la correction de Holm pour "
        "comparaisons multiples ; un gagnant est nommé si p < 0,05."
    ),
    "How the table is written, for a page or a paper.": (
        "Façon d'écrire le tableau, pour une page ou un article."
    ),
    "Plot recall at every k up to 50.": "Tracer le rappel pour chaque k jusqu'à 50.",
    # projector, words
    "Show a dataset's images and captions as points in TensorBoard's projector.": (
        "Montrer images et légendes comme des points dans le projecteur de TensorBoard."
    ),
    "Folder to write; open it with: tensorboard --logdir DIR": (
        "Dossier où écrire ; ouvrez-le avec : tensorboard --logdir DOSSIER"
    ),
    "Compare and download word vectors.": "Comparer et télécharger des vecteurs de mots.",
    (
        "FILE holds GloVe's text format or word2vec's text or binary one, gzipped or not; MODEL is "
        "a folder that was trained with a text tower of words."
    ): (
        "FICHIER est au format texte de GloVe, ou texte ou binaire de word2vec, compressé par gzip "
        "ou non ; MODÈLE est un dossier entraîné avec un encodeur de mots."
    ),
    "Find what is to C as B is to A, such as 'man:woman :: king:?'.": (
        "Trouver ce qui est à C ce que B est à A, comme 'homme:femme :: roi:?'."
    ),
    "List the nearest words of each WORD.": "Lister les mots les plus proches de chaque MOT.",
    "Download word vectors and unpack them, by default into the cache.": (
        "Télécharger et décompresser des vecteurs de mots, par défaut dans le cache."
    ),
    (
        "NAME is glove-6b-100d (English) or frwac-200d (French). A FILE of your own is unpacked "
        "likewise."
    ): (
        "NOM est glove-6b-100d (anglais) ou frwac-200d (français). Un FICHIER à vous est "
        "décompressé de la même façon."
    ),
    "File to write.": "Fichier à écrire.",
    # models
    "Download, inspect, import, quantize and calibrate models.": (
        "Télécharger, examiner, importer, quantifier et calibrer des modèles."
    ),
    "List the models on this machine and those of the catalogue.": (
        "Lister les modèles de cette machine et ceux du catalogue."
    ),
    "Print the description of a model and its entry in the catalogue.": (
        "Afficher la description d'un modèle et son entrée dans le catalogue."
    ),
    "Download a model from the hub.": "Télécharger un modèle depuis le hub.",
    (
        "NAME is a name of the catalogue or a repository OWNER/NAME with ONNX exports. The "
        "model is kept in the cache, where --model NAME finds it offline. HF_TOKEN gives "
        "access to private repositories. The name resnet50 downloads weights to train from."
    ): (
        "NOM est un nom du catalogue ou un dépôt PROPRIÉTAIRE/NOM avec des exports ONNX. Le "
        "modèle est gardé dans le cache, où --model NOM le trouve hors ligne. HF_TOKEN donne "
        "accès aux dépôts privés. Le nom resnet50 télécharge des poids à partir desquels "
        "entraîner."
    ),
    "Variant of the networks: fp16, int8 …": "Variante des réseaux : fp16, int8 …",
    "Export a torch model to a model folder.": (
        "Exporter un modèle torch vers un dossier de modèle."
    ),
    (
        "SOURCE is a model of transformers or sentence-transformers: a folder, a repository of the "
        "hub or a name of the catalogue. The new model's vectors are compared with the original's."
    ): (
        "SOURCE est un modèle de transformers ou de sentence-transformers : un dossier, un dépôt "
        "du hub ou un nom du catalogue. Les vecteurs du nouveau modèle sont comparés à ceux de "
        "l'original."
    ),
    "Measure what a model's scores say about relevance, and keep it in its model.json.": (
        "Mesurer ce que les scores d'un modèle disent de la pertinence, et le garder dans son "
        "model.json."
    ),
    (
        "The captions of a dataset, and the words they agree on, are searched among its images: "
        "where an image fits, and where those that fit were taken away. After that, search shows "
        "how probable it is that a hit fits. The model's id and vectors stay the same."
    ): (
        "Les légendes d'un jeu de données, et les mots sur lesquels elles s'accordent, sont "
        "cherchés parmi ses images : là où une image convient, et là où celles qui conviennent ont "
        "été retirées. Ensuite, search montre avec quelle probabilité un résultat convient. "
        "L'identifiant et les vecteurs du modèle ne changent pas."
    ),
    "A split it was not trained on.": "Un split qui n'a pas servi à l'entraînement.",
    "Print the calibration, but leave the model as it is.": (
        "Afficher la calibration, mais laisser le modèle tel quel."
    ),
    "A new folder.": "Un nouveau dossier.",
    "If SOURCE is a text tower: the model of its image tower.": (
        "Si SOURCE est un encodeur de textes : le modèle de l'encodeur d'images."
    ),
    "Name of the new model; by default the source's.": (
        "Nom du nouveau modèle ; par défaut celui de la source."
    ),
    "Languages it was trained on.": "Langues de son entraînement.",
    "Write a smaller copy of a model, and report what that costs.": (
        "Écrire une copie plus petite d'un modèle, et dire ce que cela coûte."
    ),
    "The report gives size, speed, and the cosine to the original on your images and texts.": (
        "Le rapport donne la taille, la vitesse et le cosinus avec l'original, sur vos "
        "images et vos textes."
    ),
    "Precision of the copy; int8-static is for convolutional image networks.": (
        "Précision de la copie ; int8-static est pour les réseaux d'images convolutifs."
    ),
    "Images to compare on.": "Images pour la comparaison.",
    "Texts to compare on, one a line.": "Textes pour la comparaison, un par ligne.",
    "Maximum number of images, and of texts.": "Nombre maximal d'images, et de textes.",
    "Write nothing if a cosine is lower.": "Ne rien écrire si un cosinus est plus bas.",
    "Delete a pulled model from the cache, or what a failed pull has left there.": (
        "Supprimer du cache un modèle téléchargé, ou les restes d'un téléchargement interrompu."
    ),
}
