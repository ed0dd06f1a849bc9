/** The server's problems in French, by their codes; `{name}` stands for what they quote. */

import type { Explained } from '../api.ts'
import { unbroken } from './spaces.ts'

const FRENCH: Record<NonNullable<Explained['code']>, string> = {
  'answer-slow': 'Pas de réponse au bout de {seconds} secondes.',
  'api-key-may-only-read': 'Cette clé ne permet que la lecture.',
  'api-key-needed': 'Il faut une clé.',
  'api-key-unknown': 'Cette clé est inconnue.',
  busy: 'Le serveur est surchargé : réessayez dans une seconde.',
  'collection-unavailable': 'La collection n’est pas disponible pour le moment.',
  'condition-invalid':
    'Le filtre « {condition} » n’est pas de la forme clé=valeur ; autres exemples : width>=800, city~par.',
  'coordinates-missing': 'Aucun élément n’a de coordonnées : rien n’est proche.',
  'cursor-invalid': 'La suite de cette liste est introuvable.',
  'disk-full': 'Le disque du serveur est plein.',
  'files-missing': 'Aucun de ces éléments n’a de fichier.',
  'folder-needed': 'Seule une collection dans un dossier peut recevoir des images.',
  'foreign-host': 'Ce serveur ne répond pas à ce nom (--allow-host).',
  'foreign-page': 'Les pages d’autres sites ne peuvent pas appeler ce serveur (--cors).',
  'form-broken': 'Le formulaire est illisible ({reason}).',
  'history-lost': 'Les changements depuis cette date ne sont plus connus : recommencez au début.',
  'history-not-kept': 'Cette collection ne garde pas d’historique.',
  'image-missing': 'Le fichier de cette image n’est plus là.',
  'image-too-large': 'Image trop lourde : {megabytes} Mo au plus.',
  'image-too-many-pixels': 'Image trop grande ({width} × {height}) : {megapixels} millions de pixels au plus.',
  'image-unusable': 'Cette image ne peut pas être utilisée.',
  'item-is-text': 'Cet élément est un texte ; seules les images peuvent être décrites.',
  'item-unknown': 'Cet élément n’est plus dans la collection.',
  'json-broken': 'La requête est illisible.',
  'key-not-shown': 'Le champ {key} n’est pas montré par ce serveur : il ne permet ni de filtrer ni de trier.',
  'key-unknown': 'Aucun élément n’a de champ {key}. Champs existants : {known}.',
  'list-not-ordered': 'Cette collection ne se parcourt pas dans l’ordre.',
  'listeners-full': 'Trop de pages suivent cette collection : réessayez plus tard.',
  'media-type-wrong': 'Le serveur attend {expected}.',
  'memory-full': 'Le serveur reçoit trop de données à la fois : réessayez.',
  'metadata-too-long': 'Trop de métadonnées : {most} caractères au plus.',
  'method-not-allowed': 'Cette adresse n’accepte pas cette méthode.',
  'model-changed': 'La collection a changé de modèle : redémarrez le serveur avec le nouveau.',
  'month-needs-order': 'Pour commencer à un mois donné, la liste doit être triée par date.',
  'near-invalid': 'Filtre « {near} » : écrivez latitude,longitude,distance, comme 45.76,4.83,10km.',
  'not-found': 'Il n’y a rien à cette adresse.',
  'originals-not-for-readers': 'Cette clé ne donne pas accès aux originaux.',
  'page-ambiguous': 'La liste ne peut commencer qu’à un endroit.',
  'part-missing': 'Il manque la partie {name} du formulaire.',
  'part-repeated': 'Le formulaire a deux parties {name}.',
  'part-unknown': 'Le formulaire a une partie inattendue, {name} ; parties possibles : {known}.',
  'query-empty': 'La recherche est vide.',
  'query-invalid': 'La recherche n’est pas valable ({reason}).',
  'regions-missing': 'Cette collection n’a pas de zones : indexez-la avec --regions.',
  'request-cut-off': 'La requête a été interrompue.',
  'request-invalid': 'La requête n’est pas valable ({reason}).',
  'request-slow': 'La requête n’est pas arrivée en entier en {seconds} secondes.',
  'request-too-large': 'Envoi trop lourd : {megabytes} Mo au plus.',
  'server-read-only': 'Ce serveur est en lecture seule.',
  'signature-invalid': 'Cette adresse a expiré ou n’a pas été signée par ce serveur.',
  'starting-or-stopping': 'Le serveur démarre ou s’arrête.',
  'terms-cancel-out': 'Les termes de la recherche s’annulent : il n’y a plus rien à chercher.',
  'text-too-long': 'Texte trop long : {most} caractères au plus.',
  'types-differ': 'Filtre {value} : les valeurs du champ {key} sont d’un autre type.',
  unexpected: 'Erreur inattendue ; le journal du serveur en dit plus.',
  'upload-unknown': 'L’image {name} n’a pas été envoyée.',
  'value-invalid': 'Valeur de {field} non valable ({reason}).',
}

/** A problem of the server in French; one without a code stays as it is. */
export function inFrench({ detail, code, values }: Explained): string {
  const french = code && FRENCH[code]
  return french ? unbroken(french).replace(/\{(\w+)\}/g, (_, name: string) => String(values?.[name] ?? '')) : detail
}
