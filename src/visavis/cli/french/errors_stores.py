"""Errors of the engines: SQLite, PostgreSQL, Milvus, and of what runs on several machines."""

ERRORS_STORES = {
    "Milvus": "Milvus",
    "PostgreSQL": "PostgreSQL",
    "no item {id}": "aucun élément {id}",
    "cannot be kept as JSON ({reason})": "ne peut pas être gardé en JSON ({reason})",
    "open it once where it can be written to": "ouvrez-la une fois là où elle peut être modifiée",
    "a text with a null character": "un texte avec un caractère nul",
    "no source begins with a line break in Milvus": (
        "dans Milvus, aucune source ne commence par un saut de ligne"
    ),
    "collection {name}: expected letters, digits and _": (
        "collection {name} : attendu des lettres, des chiffres et _"
    ),
    "option {name}: known are {names}": "option {name} inconnue ; choix possibles : {names}",
    "consistency {name}: known are {names}": (
        "cohérence {name} inconnue ; choix possibles : {names}"
    ),
    "the port in the URL is no number from 0 to 65535": (
        "le port de l'URL n'est pas un nombre de 0 à 65535"
    ),
    "the URL of the collection cannot be read: {~reason}": (
        "l'URL de la collection ne peut pas être lue : {~reason}"
    ),
    "{scheme}://…: in a user or a password, write @ as %40, / as %2F, ? as %3F, # as %23 and % as "
    "%25": (
        "{scheme}://… : dans un utilisateur ou un mot de passe, écrivez @ comme %40, / comme %2F, "
        "? comme %3F, # comme %23 et % comme %25"
    ),
    "all {#n} connections have been busy for {#seconds} s": (
        "les {#n} connexions sont occupées depuis {#seconds} s"
    ),
    "pgvector was removed from this database, and all vectors with it; restore a backup": (
        "pgvector a été retiré de cette base, et tous les vecteurs avec lui ; restaurez une "
        "sauvegarde"
    ),
    "{name} was not made by visavis": "{name} n'a pas été créé par visavis",
    "its rows are of version {#version}, this visavis knows {#known}: upgrade visavis": (
        "ses lignes sont de la version {#version}, visavis ne connaît ici que la {#known} : mettez-le à jour"
    ),
    "its tables are of version {#version}, this visavis knows {#known}: upgrade visavis": (
        "ses tables sont de la version {#version}, visavis ne connaît ici que la {#known} : mettez-le à jour"
    ),
    "not copied: {~problem}": "non copié : {~problem}",
    "indexing on a cluster of Ray": "l'indexation sur un cluster Ray",
    "--ray {address}: {~reason}": "--ray {address} : {~reason}",
}
