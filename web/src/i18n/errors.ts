/** The server's messages in French, by their English; `{name}` stands for what they quote. */

const FRENCH: Record<string, string> = {
  'the terms of the query cancel each other out: nothing to look for':
    'Les termes de la recherche s’annulent : il n’y a plus rien à chercher.',
  'the query is empty; {hint}': 'La recherche est vide.',
  'box {box} lies outside its {size} pixels': 'La zone {box} sort de l’image ({size} pixels).',
  'there are no regions here; {hint}': 'Cette collection n’a pas de zones : indexez-la avec --regions.',
  "condition {condition} is not 'key=value'; {hint}":
    'Le filtre {condition} n’est pas de la forme clé=valeur ; autres exemples : width>=800, city~par.',
  'no item has a key {key}; did you mean {near}? there are: {others}':
    'Aucun élément n’a de champ {key}. Vouliez-vous dire {near} ? Il y a : {others}.',
  'no item has a key {key}; there are: {others}': 'Aucun élément n’a de champ {key}. Il y a : {others}.',
  '{condition}: the values of {key} are {there}, and this is a {given}':
    'Filtre {condition} : les valeurs du champ {key} sont d’un autre type.',
  'near {near}: {hint}': 'Filtre {near} : écrivez latitude,longitude,distance, comme 45.76,4.83,10km.',
  'no item has coordinates: nothing is near': 'Aucun élément n’a de coordonnées : rien n’est proche.',
  '{key}: not shown by this server, and no filter or order here':
    'Le champ {key} n’est pas montré par ce serveur : il ne sert ni de filtre ni d’ordre.',
  'the image cannot be used: {reason}': 'Cette image ne peut pas être utilisée.',
  'no item {id}': 'Cet élément n’est plus dans la collection.',
  'the image of item {id} is not there': 'Le fichier de cette image n’est plus là.',
  'this key may only read': 'Cette clé ne permet que la lecture.',
  'this server is read-only; {hint}': 'Ce serveur est en lecture seule.',
  'the collection cannot be used at the moment': 'La collection n’est pas disponible pour le moment.',
  "the server's disk is full": 'Le disque du serveur est plein.',
  'unexpected error; {hint}': 'Erreur inattendue ; le journal du serveur en dit plus.',
  'starting or stopping': 'Le serveur démarre ou s’arrête.',
}

const templates = Object.entries(FRENCH).map(([english, french]) => ({ pattern: patternOf(english), french }))

/** A message of the server in French; one without a translation stays as it is. */
export function inFrench(message: string): string {
  for (const { pattern, french } of templates) {
    const quoted = pattern.exec(message)?.groups
    if (quoted || pattern.test(message)) return french.replace(/\{(\w+)\}/g, (_, name: string) => quoted?.[name] ?? '')
  }
  return message
}

function patternOf(english: string): RegExp {
  const literal = english.replace(/[.*+?^$()[\]\\|]/g, '\\$&')
  return new RegExp(`^${literal.replace(/\{(\w+)\}/g, '(?<$1>.+?)')}$`, 's')
}
