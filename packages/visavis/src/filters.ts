import { QueryError } from './errors.ts'

/**
 * A condition on metadata, or on `id`, `modality`, `text` and `source`. A number is compared with numbers, and
 * with texts as it was `written`.
 */
export interface Condition {
  key: string
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | '~'
  value: string | number
  written?: string
}

/** What a filter looks at: the fields of an item, and its metadata. */
export interface Filterable {
  id: string
  modality: string
  source: string
  text?: string
  metadata: Record<string, unknown>
}

const CONDITION = /^\s*([^=!<>~]*[^=!<>~\s])\s*(!=|<=|>=|=|<|>|~)\s*([^=!<>~\s](?:.*\S)?)\s*$/su
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const QUOTED = /^(["'])(.*)\1$/s
const PERIOD = /^\d{4}(-\d\d){0,2}$/
const DATES = ['taken', 'modified']
const FIXED = ['id', 'modality', 'source', 'text']

/**
 * Read `key operator value`, as after `--where`: `width>=800`, `city~par`, `code="007"`. In conditions on dates a
 * year, a month or a day stands for all of it: `taken<=2023-06` holds until the end of June.
 */
export function parseCondition(condition: string): Condition {
  const found = CONDITION.exec(condition)
  if (!found) throw new QueryError(`condition ${JSON.stringify(condition)} is not 'key=value'; others are such as 'width>=800', 'city~par'`)
  const [key, operator, word] = [found[1], found[2] as Condition['operator'], found[3]]
  if (DATES.includes(key) && PERIOD.test(word)) {
    if (operator === '=') return { key, operator: '~', value: `${word}*` }
    if (operator === '<=' || operator === '>') return { key, operator, value: `${word}\u{10ffff}` }
  }
  const quoted = QUOTED.exec(word)
  if (quoted) return { key, operator, value: quoted[2] }
  const numeric = operator !== '~' && NUMBER.test(word) && Number.isFinite(Number(word))
  return numeric ? { key, operator, value: Number(word), written: word } : { key, operator, value: word }
}

/**
 * Tell whether an item meets a condition. A list is compared by each of its values; `!=` also holds where the key
 * is absent; `~` ignores case, takes `*` and `?`, and sees lists and objects as JSON.
 */
export function meets(item: Filterable, condition: Condition): boolean {
  const { key, operator, value } = condition
  const found = FIXED.includes(key) ? item[key as keyof Filterable] : item.metadata[key]
  if (operator === '~') {
    const text = typeof found === 'object' && found ? JSON.stringify(found) : found
    return ['string', 'number', 'boolean'].includes(typeof text) && like(String(text), String(value))
  }
  return operator === '!=' ? !compares(found, '=', condition) : compares(found, operator, condition)
}

/** Compare texts with texts and numbers with numbers; of a list, one has to fit. */
function compares(value: unknown, sign: '=' | '<' | '<=' | '>' | '>=', condition: Condition): boolean {
  if (Array.isArray(value)) {
    const values = value.filter((each) => typeof each !== 'boolean' && !Array.isArray(each))
    return values.some((each) => compares(each, sign, condition))
  }
  const found = typeof value === 'boolean' ? String(value) : value
  if (typeof found !== 'string' && typeof found !== 'number') return false
  return [condition.value, condition.written].some((wanted) => {
    if (wanted === undefined || typeof wanted !== typeof found) return false
    const order = compare(found, wanted)
    return { '=': order === 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[sign]
  })
}

/** Compare numbers by size and texts by code points, as SQLite does. */
function compare(a: string | number, b: string | number): number {
  if (a === b) return 0
  if (typeof a === 'number') return a < (b as number) ? -1 : 1
  const [left, right] = [[...a], [...(b as string)]]
  const at = left.findIndex((letter, n) => letter !== right[n])
  if (at < 0) return -1
  if (at >= right.length) return 1
  return left[at].codePointAt(0)! < right[at].codePointAt(0)! ? -1 : 1
}

function like(text: string, pattern: string): boolean {
  const folded = text.toLowerCase()
  const wanted = pattern.toLowerCase()
  if (!/[*?]/.test(wanted)) return folded.includes(wanted)
  return glob([...folded], [...wanted])
}

/** Match a whole text with `*` and `?`, in time that grows with the product of the lengths at most. */
function glob(text: string[], pattern: string[]): boolean {
  let [at, next, star, mark] = [0, 0, -1, 0]
  while (at < text.length) {
    if (next < pattern.length && (pattern[next] === '?' || (pattern[next] === text[at] && pattern[next] !== '*'))) {
      at++
      next++
    } else if (pattern[next] === '*') {
      star = next++
      mark = at
    } else if (star >= 0) {
      next = star + 1
      at = ++mark
    } else return false
  }
  while (pattern[next] === '*') next++
  return next === pattern.length
}
