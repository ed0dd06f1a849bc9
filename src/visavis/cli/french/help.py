"""Help of the commands that keep, search and serve collections, one entry a paragraph."""

HELP = {
    "Search images by text and texts by image, in English and French.": (
        "Chercher des images par le texte et des textes par l'image, en français et en anglais."
    ),
    # shared options
    "The collection to use.": "La collection à utiliser.",
    "The model. [default: the bundled one]": "Le modèle. [par défaut : celui qui est fourni]",
    "Number of results.": "Nombre de résultats.",
    "Filter by metadata: = != < <= > >= or ~ (contains). Repeatable.": (
        "Filtrer par métadonnées : = != < <= > >= ou ~ (contient). Peut être répété."
    ),
    "Only texts in this language: en or fr.": "Seulement les textes dans cette langue : fr ou en.",
    "Print JSON.": "Afficher du JSON.",
    "Write an HTML page with thumbnails of the results.": (
        "Écrire une page HTML avec les vignettes des résultats."
    ),
    "Columns of a table: image, text, lang, split. [default: found by their usual names]": (
        "Colonnes d'un tableau : image, text, lang, split. [par défaut : reconnues à leurs noms "
        "habituels]"
    ),
    # index
    "Add images and texts to a collection.": "Ajouter des images et des textes à une collection.",
    (
        "SOURCES are folders, files, URLs, such as s3://bucket/photos, or datasets, such as "
        "flickr8k:PATH. Run the command again to add what is new; moved files are recognised by "
        "their content. Unreadable files are skipped and listed, images and videos of kinds that "
        "are not read are counted; the exit code is then 3. Dates, cameras, places, ratings, "
        "descriptions and keywords in image files and their XMP side-cars are kept as metadata."
    ): (
        "Les SOURCES sont des dossiers, des fichiers, des URL, comme s3://bucket/photos, ou des jeux "
        "de données, comme flickr8k:CHEMIN. Relancez la commande pour ajouter ce qui est nouveau ; les fichiers "
        "déplacés sont reconnus à leur contenu. Les fichiers illisibles sont ignorés et listés, "
        "les images et vidéos de types qui ne sont pas lus sont comptées ; le code de sortie est "
        "alors 3. Dates, appareils, lieux, notes, descriptions et mots-clés des images et de leurs fichiers XMP annexes "
        "sont gardés comme métadonnées."
    ),
    (
        "Hidden files, system folders such as @eaDir or $RECYCLE.BIN, and what --exclude or "
        "a file called .visavisignore names are left out, and counted."
    ): (
        "Les fichiers cachés, les dossiers des systèmes, comme @eaDir ou $RECYCLE.BIN, et ce "
        "que désignent --exclude ou un fichier .visavisignore sont écartés, et comptés."
    ),
    (
        "With --ray, the workers of a cluster of Ray decode and encode; they must see the "
        "same paths or URLs. If one of them dies, nothing is lost or indexed twice."
    ): (
        "Avec --ray, les workers d'un cluster Ray décodent et encodent ; ils doivent voir "
        "les mêmes chemins ou URL. Si l'un d'eux s'arrête, rien n'est perdu ni indexé deux "
        "fois."
    ),
    (
        "Encode on a Ray cluster: its address, auto for this machine's, or nothing to start "
        "one here."
    ): (
        "Encoder sur un cluster Ray : son adresse, auto pour celui de cette machine, ou rien "
        "pour en démarrer un ici."
    ),
    (
        "--reencode takes no sources: it encodes all items with another model. Run the command "
        "again to resume after an interruption. Images that no longer exist keep their metadata "
        "but are not found any more, and are listed; the exit code is then 3."
    ): (
        "--reencode ne prend pas de sources : tous les éléments sont encodés par un autre modèle. "
        "Relancez la commande pour reprendre après une interruption. Les images qui n'existent "
        "plus gardent leurs métadonnées mais ne sont plus trouvées, et sont listées ; le code de "
        "sortie est alors 3."
    ),
    "Index regions of the images too, for search --regions.": (
        "Indexer aussi des régions des images, pour search --regions."
    ),
    "Migrate the collection to --model; searches use the old model until the end.": (
        "Faire passer la collection au modèle de --model ; jusqu'à la fin, les recherches se font "
        "avec l'ancien."
    ),
    "Accept sources that are gone, and mark their files as missing.": (
        "Accepter des sources disparues, et marquer leurs fichiers comme absents."
    ),
    "Leave out files or folders, as gitignore does: '*.png', 'raw/', '!thumbs/'. Repeatable.": (
        "Écarter des fichiers ou des dossiers, comme gitignore : '*.png', 'raw/', '!thumbs/'. "
        "Peut être répété."
    ),
    # search, describe
    "Find the images or texts that match a query best.": (
        "Trouver les images ou les textes qui répondent le mieux à une requête."
    ),
    (
        "A query consists of texts and images, joined by + and - as separate words. A term "
        "is an image if it is an existing file, else a text; text: and image: force either. "
        "N: before a term weights it; @x,y,width,height after an image selects a region."
    ): (
        "Une requête se compose de textes et d'images, reliés par + et - entre deux espaces. "
        "Un terme est une image si un fichier porte ce nom, sinon un texte ; text: et image: "
        "imposent l'un ou l'autre. N: devant un terme lui donne un poids ; "
        "@x,y,largeur,hauteur après une image en choisit une région."
    ),
    "What to find.": "Ce qu'il faut trouver.",
    "Weight of texts against images in a query: 0 is images only, 1 texts only.": (
        "Poids des textes face aux images dans une requête : 0 pour les images seules, 1 pour les "
        "textes seuls."
    ),
    "How terms are fused: centred (the default), calibrated or sum.": (
        "Façon de fusionner les termes : centred (par défaut), calibrated ou sum."
    ),
    "Rank images by their best region; needs index --regions.": (
        "Classer les images par leur meilleure région ; il faut avoir indexé avec --regions."
    ),
    "Leave out images whose relevance is lower; for a query of one text.": (
        "Écarter les images moins pertinentes ; pour une requête d'un seul texte."
    ),
    "Order the N best by a value of the metadata: taken, or -taken for newest first.": (
        "Trier les N meilleurs par une métadonnée : taken, ou -taken du plus récent au plus ancien."
    ),
    "Only images taken within a distance of a position: 45.76,4.83,10km.": (
        "Seulement les images prises à moins d'une distance donnée d'un lieu : 45.76,4.83,10km."
    ),
    "Compare all vectors, even if optimize has built an index.": (
        "Comparer tous les vecteurs, même si optimize a construit un index."
    ),
    "Show the images in the terminal. [default: if it can: kitty, iTerm2, sixel]": (
        "Afficher les images dans le terminal. [par défaut : s'il le permet (kitty, iTerm2, sixel)]"
    ),
    "Print only the paths of the images found.": (
        "N'afficher que les chemins des images trouvées."
    ),
    "Like -f, for xargs -0: a null byte ends each path.": (
        "Comme -f, pour xargs -0 : un octet nul termine chaque chemin."
    ),
    "Find the texts in the collection that describe an image best.": (
        "Trouver les textes de la collection qui décrivent le mieux une image."
    ),
    "Add @x,y,width,height to describe a region: photo.jpg@120,40,300,600.": (
        "Ajoutez @x,y,largeur,hauteur pour décrire une région : photo.jpg@120,40,300,600."
    ),
    # optimize
    "Build the approximate index of a large collection, and measure what it finds.": (
        "Construire l'index approché d'une grande collection, et mesurer ce qu'il trouve."
    ),
    (
        "Searches use the index from then on; search --exact does without. The recall is the "
        "share of the ten best of an exact search that the index finds. Run the command "
        "again after many changes."
    ): (
        "Dès lors, les recherches se servent de l'index ; search --exact s'en passe. Le "
        "rappel est la part des dix meilleurs résultats d'une recherche exacte que l'index "
        "trouve. Relancez la commande après beaucoup de changements."
    ),
    "Build it for images or for texts only. [default: both]": (
        "Le construire pour les images seules, ou pour les textes seuls. [par défaut : les deux]"
    ),
    "Index the regions of images, for search --regions.": (
        "Indexer les régions des images, pour search --regions."
    ),
    "Remove the index instead: searches are exact again.": (
        "Supprimer plutôt l'index : les recherches redeviennent exactes."
    ),
    "Build nothing, only compare with the exact search.": (
        "Ne rien construire, comparer seulement avec la recherche exacte."
    ),
    "Number of queries to compare with.": "Nombre de requêtes pour la comparaison.",
    # duplicates
    "Find images that a collection has more than once.": (
        "Trouver les images qu'une collection contient plusieurs fois."
    ),
    (
        "Groups are files of the same bytes, and versions of one picture that were resized or "
        "re-encoded. The first file of a group has the most pixels. Nothing is removed; files that "
        "have changed since they were indexed are left out."
    ): (
        "Un groupe réunit des fichiers identiques, ou des versions redimensionnées ou réencodées "
        "d'une même image. Le premier fichier d'un groupe a le plus de pixels. Rien n'est "
        "supprimé ; les fichiers modifiés depuis leur indexation sont laissés de côté."
    ),
    "Only files of the same bytes.": "Seulement les fichiers identiques, octet pour octet.",
    "Also images that are nearly the same, such as crops.": (
        "Aussi les images presque identiques, comme les recadrages."
    ),
    "Least similarity for --near. [default: that of an image and a crop of nine tenths of it]": (
        "Similarité minimale pour --near. [par défaut : celle d'une image et de ses neuf dixièmes]"
    ),
    "Print paths alone: all but the first of a group.": (
        "Afficher seulement les chemins : tous sauf le premier de chaque groupe."
    ),
    # stats, collections, remove
    "Check a collection for damage, and show what it contains, and its model.": (
        "Vérifier qu'une collection est intacte, et montrer son contenu et son modèle."
    ),
    "List, name and forget the collections of this machine.": (
        "Lister, nommer et oublier les collections de cette machine."
    ),
    (
        "A collection gets the name of its folder when it is indexed. Give a name to "
        "--collection, from any folder. If only one collection is known, commands use it "
        "where the current folder has none."
    ): (
        "Une collection reçoit le nom de son dossier quand elle est indexée. Donnez un nom à "
        "--collection, depuis n'importe quel dossier. Si une seule collection est connue, "
        "les commandes l'utilisent quand le dossier courant n'en a pas."
    ),
    "Give a collection a NAME of your choice.": "Donner à une collection un NOM de votre choix.",
    "Forget names; the collections themselves stay.": (
        "Oublier des noms ; les collections elles-mêmes restent."
    ),
    "Remove items from a collection; the files themselves stay.": (
        "Retirer des éléments d'une collection ; les fichiers eux-mêmes restent."
    ),
    (
        "Name items by id or path. A folder stands for all files below it, a file also for the "
        "texts in it or beside it. Items that have another source in the collection stay."
    ): (
        "Désignez les éléments par identifiant ou par chemin. Un dossier désigne tous les fichiers "
        "qu'il contient, un fichier aussi les textes qui sont dedans ou à côté. Les éléments qui "
        "ont une autre source dans la collection restent."
    ),
    # ui, serve, keys
    "Index folders, and search them in the browser.": (
        "Indexer des dossiers, puis y faire des recherches dans le navigateur."
    ),
    (
        "Without a FOLDER, the collection is shown as it is. The page is for this machine only; "
        "see visavis serve for others. Ctrl-C ends it."
    ): (
        "Sans DOSSIER, la collection est montrée telle quelle. La page n'est visible que sur cette "
        "machine ; pour d'autres, voir visavis serve. Ctrl-C arrête tout."
    ),
    "Port to listen on. Without this option, another one if it is taken.": (
        "Port d'écoute. Sans cette option, un autre s'il est déjà pris."
    ),
    "Open the page in the browser.": "Ouvrir la page dans le navigateur.",
    "Index regions of the images too.": "Indexer aussi des régions des images.",
    "Serve a collection as a web page and an HTTP API.": (
        "Mettre une collection à disposition : une page web et une API HTTP."
    ),
    (
        "If the collection has keys, every request needs one; a server that other machines can "
        "reach must have one: see visavis keys. Ctrl-C finishes the running requests, then stops."
    ): (
        "Si la collection a des clés, il en faut une pour chaque requête ; un serveur que d'autres "
        "machines peuvent joindre doit en avoir : voir visavis keys. Ctrl-C termine les requêtes "
        "en cours, puis arrête le serveur."
    ),
    "Address to listen on.": "Adresse d'écoute.",
    "Port to listen on; 0 for any free one.": "Port d'écoute ; 0 pour n'importe quel port libre.",
    "Allow clients to add, mark and remove items.": (
        "Permettre aux clients d'ajouter, de marquer et de retirer des éléments."
    ),
    "Give original files, with the coordinates in them, to keys that may only read.": (
        "Donner les fichiers d'origine, avec les coordonnées qu'ils contiennent, aux clés qui ne "
        "permettent que de lire."
    ),
    "Another host name to answer to, such as photos.example.org. Repeatable.": (
        "Autre nom d'hôte auquel répondre, comme photos.example.org. Peut être répété."
    ),
    "A site whose pages may call the API, such as https://example.org. Repeatable.": (
        "Site dont les pages peuvent appeler l'API, comme https://example.org. Peut être répété."
    ),
    "Processes that share the port, each with the model in its memory.": (
        "Processus qui se partagent le port, chacun avec le modèle en mémoire."
    ),
    "Queries that may run or wait.": "Nombre de requêtes en cours ou en attente.",
    "Key file; by default keys.json in the collection's folder.": (
        "Fichier des clés ; par défaut keys.json dans le dossier de la collection."
    ),
    "Manage the API keys of a server.": "Gérer les clés d'API d'un serveur.",
    "Create a key and print it. It cannot be shown again.": (
        "Créer une clé et l'afficher. Elle ne pourra plus l'être ensuite."
    ),
    "What the key allows.": "Ce que la clé permet.",
    "List the keys.": "Lister les clés.",
    "Remove a key. A running server refuses it at once.": (
        "Supprimer une clé. Un serveur en marche la refuse aussitôt."
    ),
    # demo
    "Try visavis on a few photographs.": "Essayer visavis sur quelques photographies.",
    (
        "Indexes photographs and phrases, searches in every direction and writes an HTML page. The "
        "photographs come with scikit-image: pip install 'visavis[demo]'."
    ): (
        "Indexe des photographies et des phrases, cherche de toutes les façons et écrit une page "
        "HTML. Les photographies viennent de scikit-image : pip install 'visavis[demo]'."
    ),
    "Folder to write.": "Dossier où écrire.",
}
