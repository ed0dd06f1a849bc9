"""Help and messages of the commands that verify, export, copy and watch collections."""

UPKEEP = {
    # verify
    "Verify a collection: database, caches, vectors, and the files it was made from.": (
        "Vérifier une collection : base de données, caches, vecteurs, et les fichiers dont elle "
        "vient."
    ),
    (
        "Files should be there, with the size and modification time they had when they were "
        "indexed; --contents also finds images that have changed although both are the same. "
        "Nothing is changed: `visavis index` brings a collection up to date, and caches are "
        "rebuilt when they are needed."
    ): (
        "Les fichiers doivent être là, avec la taille et la date de modification qu'ils "
        "avaient à l'indexation ; --contents trouve aussi les images qui ont changé alors "
        "que ni l'une ni l'autre n'a bougé. Rien n'est modifié : `visavis index` met une "
        "collection à jour, et les caches sont refaits au besoin."
    ),
    (
        "The exit code is 1 if the collection is damaged, and 3 if only caches or files are not as "
        "they should be."
    ): (
        "Le code de sortie est 1 si la collection est endommagée, et 3 si seuls des caches ou des "
        "fichiers ne sont pas comme ils devraient être."
    ),
    "Check the files as well, or only the collection. [default: files as well]": (
        "Vérifier aussi les fichiers, ou seulement la collection. [par défaut : les fichiers aussi]"
    ),
    "Read all images, and compare their contents.": (
        "Lire toutes les images, et comparer leurs contenus."
    ),
    "--contents reads files; drop --no-files": "--contents lit les fichiers ; enlevez --no-files",
    "verifying": "vérification",
    "all as it should be": "tout va bien",
    (
        "{~found}: {#sources} sources ({#missing} of them missing), {#vectors} vectors, "
        "{#files} files in {#seconds} s"
    ): (
        "{~found} : {#sources} sources (dont {#missing} absentes), {#vectors} vecteurs, "
        "{#files} fichiers en {#seconds} s"
    ),
    "1 damaged": "1 endommagé",
    "{#count} damaged": "{#count} endommagés",
    "1 cache": "1 cache",
    "{#count} cache": "{#count} caches",
    "1 gone": "1 disparu",
    "{#count} gone": "{#count} disparus",
    "1 changed": "1 modifié",
    "{#count} changed": "{#count} modifiés",
    "1 unreadable": "1 illisible",
    "{#count} unreadable": "{#count} illisibles",
    "damaged: {where}: {~reason}": "endommagé : {where} : {~reason}",
    "cache: {where}: {~reason}": "cache : {where} : {~reason}",
    "gone: {where}: {~reason}": "disparu : {where} : {~reason}",
    "changed: {where}: {~reason}": "modifié : {where} : {~reason}",
    "unreadable: {where}: {~reason}": "illisible : {where} : {~reason}",
    "{#count} more problems; --json lists all": "{#count} autres problèmes ; --json les liste tous",
    "damaged; it is made anew when it is needed": "endommagé ; il se refait quand il le faut",
    "damaged; `visavis optimize` builds it anew": ("endommagé ; `visavis optimize` le reconstruit"),
    "its size or time has changed": "sa taille ou sa date a changé",
    "its content has changed": "son contenu a changé",
    "its content has changed, but neither its size nor its time": (
        "son contenu a changé, mais ni sa taille ni sa date"
    ),
    "its text is not what was indexed; remove it and index it again": (
        "son texte n'est pas celui qui a été indexé ; retirez-le et indexez-le de nouveau"
    ),
    "its item has no vector": "son élément n'a pas de vecteur",
    "{~which} has length {#length}, not 1": "{~which} est de longueur {#length}, et non 1",
    "its vector": "son vecteur",
    "the vector of its region {box}": "le vecteur de sa région {box}",
    (
        "the collection is damaged: {~what}; restore a copy, or delete it and index again"
    ): "la collection est endommagée : {~what} ; restaurez une copie, ou supprimez-la et réindexez",
    (
        "the collection is damaged: {~what}; index its folders again, which encodes it anew"
    ): "la collection est endommagée : {~what} ; réindexez ses dossiers, ce qui le réencode",
    # export
    "Write a collection into one file.": "Écrire une collection dans un seul fichier.",
    (
        "A .sqlite file can be searched as it is (--collection photos.sqlite); `visavis copy` "
        "makes a collection of it that can be changed. Other commands may write to the collection "
        "meanwhile. Damaged items are listed; the exit code is then 3."
    ): (
        "On peut chercher directement dans un fichier .sqlite (--collection photos.sqlite) ; "
        "`visavis copy` en fait une collection modifiable. D'autres commandes peuvent écrire dans "
        "la collection pendant ce temps. Les éléments endommagés sont listés ; le code de sortie "
        "est alors 3."
    ),
    "Add rows for the regions to a table.": "Ajouter au tableau des lignes pour les régions.",
    "Write a file for a browser or a phone.": (
        "Écrire un fichier pour un navigateur ou un téléphone."
    ),
    "Precision of the vectors in it: float16 by default; int8 takes half the space.": (
        "Précision des vecteurs dans ce fichier : float16 par défaut ; int8 prend moitié "
        "moins de place."
    ),
    "Add JPEG thumbnails to it, with this longer side.": (
        "Y ajouter des vignettes JPEG dont le grand côté mesure ce nombre de pixels."
    ),
    "exporting": "export",
    "{#count} items": "{#count} éléments",
    "{#count} regions left out": "{#count} régions écartées",
    "{#count} copies left out": "{#count} copies écartées",
    "{#count} missing files left out": "{#count} fichiers disparus écartés",
    "{#size} MB of thumbnails": "{#size} Mo de vignettes",
    "{#size} MB in {#seconds} s: {file}": "{#size} Mo en {#seconds} s : {file}",
    "its thumbnail cannot be made: {~reason}": "impossible de faire sa vignette : {~reason}",
    "{#rows} rows, {#size} MB in {#seconds} s: {file}": (
        "{#rows} lignes, {#size} Mo en {#seconds} s : {file}"
    ),
    "{#rows} rows, {#regions} regions left out, {#size} MB in {#seconds} s: {file}": (
        "{#rows} lignes, {#regions} régions écartées, {#size} Mo en {#seconds} s : {file}"
    ),
    "not exported: {file}: {~reason}": "non exporté : {file} : {~reason}",
    "not exported: {#count} more files; --json lists all": (
        "non exportés : {#count} autres fichiers ; --json les liste tous"
    ),
    "the collection was changed meanwhile; export it again": (
        "la collection a été modifiée entre-temps ; exportez-la de nouveau"
    ),
    "{file}: expected a name that ends in {suffixes}": (
        "{file} : un nom qui se termine par {suffixes} est attendu"
    ),
    "{file} is inside of the collection; name a file elsewhere": (
        "{file} est à l'intérieur de la collection ; nommez un fichier ailleurs"
    ),
    "too large for NumPy's format; export to .parquet": (
        "trop grand pour le format de NumPy ; exportez en .parquet"
    ),
    "a collection in one file cannot be changed; {command} makes one that can": (
        "une collection en un seul fichier ne peut être modifiée ; {command} en fait une qui peut "
        "l'être"
    ),
    # copy
    "Copy a collection to another place or engine; nothing is encoded again.": (
        "Copier une collection vers un autre endroit ou un autre moteur ; rien n'est réencodé."
    ),
    (
        "FROM and TO are folders, URLs or, for FROM, a file that `visavis export` wrote or a "
        "folder of shards, which `visavis embed` wrote. What TO has already is not written again, "
        "so run the command again to resume, or to bring TO up to date; what only TO has stays. "
        "What cannot be copied is listed; the exit code is then 3."
    ): (
        "DE et VERS sont des dossiers, des URL ou, pour DE, un fichier écrit par `visavis export` "
        "ou un dossier de tranches écrit par `visavis embed`. Ce que VERS contient déjà n'est pas réécrit : relancez la commande pour reprendre, ou "
        "pour mettre VERS à jour ; ce que seul VERS contient reste. Ce qui ne peut être copié est "
        "listé ; le code de sortie est alors 3."
    ),
    "FROM": "DE",
    "TO": "VERS",
    "copying": "copie",
    "1 copied": "1 copié",
    "{#count} copied": "{#count} copiés",
    "1 not copied": "1 non copié",
    "{#count} not copied": "{#count} non copiés",
    "nothing to copy": "rien à copier",
    "not copied: {file}: {~reason}": "non copié : {file} : {~reason}",
    "not copied: {#count} more files; --json lists all": (
        "non copiés : {#count} autres fichiers ; --json les liste tous"
    ),
    "{collection} is being changed; copy it again when it is not": (
        "{collection} est en train d'être modifiée ; copiez-la de nouveau ensuite"
    ),
    "{target}: one file is written by {command}": (
        "{target} : un seul fichier s'écrit par {command}"
    ),
    ("{target} holds vectors of model {theirs}, {origin} of {ours}: copy into a new collection"): (
        "{target} contient des vecteurs du modèle {theirs}, {origin} de {ours} : copiez dans une "
        "nouvelle collection"
    ),
    "shards that are not complete: {shards}": "tranches incomplètes : {shards}",
    # embed
    "Encode one share of many images and texts, for a collection that is merged later.": (
        "Encoder une tranche de nombreuses images et de textes, pour une collection réunie ensuite."
    ),
    (
        "Run it on as many machines as there are shards, by any scheduler; all must see the same "
        "paths. A hash of its path decides which shard a file belongs to. Run the command again to "
        "resume. A shard is a collection of its own, so nothing is encoded again when it is merged."
    ): (
        "Lancez la commande sur autant de machines qu'il y a de tranches, avec n'importe quel "
        "ordonnanceur ; toutes doivent voir les mêmes chemins. Le chemin d'un fichier décide de sa "
        "tranche. Relancez la commande pour reprendre. Une tranche est elle-même une collection : "
        "rien n'est réencodé quand on la réunit aux autres."
    ),
    (
        "SOURCES are those of visavis index, and what is skipped is listed and counted in the same "
        "way; the exit code is then 3."
    ): (
        "Les SOURCES sont celles de visavis index, et ce qui est ignoré est listé et compté de la "
        "même façon ; le code de sortie est alors 3."
    ),
    "Folder in which the shard's folder is made.": "Dossier où créer celui de la tranche.",
    "Which share of the sources to encode: 3/16 is the third of sixteen.": (
        "Quelle part des sources encoder : 3/16 est la troisième de seize."
    ),
    "shard {shard}: write 3/16 for the third of sixteen": (
        "tranche {shard} : écrivez 3/16 pour la troisième de seize"
    ),
    # watch
    "Index folders, and keep the collection up to date as files come, go and change.": (
        "Indexer des dossiers, et tenir la collection à jour quand des fichiers arrivent, "
        "disparaissent ou changent."
    ),
    (
        "It starts with what has changed since the last time, so it may be stopped and started at "
        "any time; Ctrl-C stops it. If another command writes to the collection, or a disk is "
        "unplugged, it waits. A line is printed for each change, with --json an object."
    ): (
        "La commande commence par ce qui a changé depuis la dernière fois : on peut l'arrêter et "
        "la relancer à tout moment ; Ctrl-C l'arrête. Si une autre commande écrit dans la "
        "collection, ou si un disque est débranché, elle attend. Chaque changement donne une "
        "ligne, ou un objet avec --json."
    ),
    "Check the folders at least this often, for drives that do not report changes.": (
        "Vérifier les dossiers au moins à cet intervalle, pour les disques qui ne signalent "
        "aucun changement."
    ),
    "SECONDS": "SECONDES",
    "no such folder; `watch` looks after folders": (
        "dossier introuvable ; `watch` surveille des dossiers"
    ),
    "watching folders": "la surveillance des dossiers",
    "{folder}: {~away}; waiting until it is back": "{folder} : {~away} ; en attente de son retour",
    "empty": "vide",
    "changes cannot be watched ({reason}); looking now and then": (
        "les changements ne peuvent être surveillés ({reason}) ; on regarde de temps en temps"
    ),
    # rules that leave files out
    "{#count} excluded ({~rules})": "{#count} écartés ({~rules})",
    "{#count} more rules": "{#count} autres règles",
    "1 excluded ({~rules})": "1 écarté ({~rules})",
    "{where}: {rule} is no rule; write them as in gitignore, such as '*.png' or 'raw/'": (
        "{where} : {rule} n'est pas une règle ; écrivez-les comme dans gitignore, par exemple "
        "'*.png' ou 'raw/'"
    ),
}
