import { QueryError } from './errors.ts'

/** A condition on metadata, or on `id`, `modality`, `text` and `source`. */
export interface Condition {
  key: string
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | '~'
  value: string | number
}

/** What a filter looks at: the fields of an item, and its metadata. */
export interface Filterable {
  id: string
  modality: string
  source: string
  text?: string
  metadata: Record<string, unknown>
}

const CONDITION = /^\s*([^=!<>~]*[^=!<>~\s])\s*(!=|<=|>=|=|<|>|~)\s*([^=\s](?:.*\S)?)\s*$/su
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const QUOTED = /^(["'])(.*)\1$/s

/** Read `key operator value`, as after `--where`: `width>=800`, `city~par`, `code="007"`. */
export function parseCondition(condition: string): Condition {
  const found = CONDITION.exec(condition)
  if (!found) throw new QueryError(`condition ${JSON.stringify(condition)} is not 'key=value'; others are such as 'width>=800', 'city~par'`)
  const [, key, operator, word] = found
  const quoted = QUOTED.exec(word)
  const numeric = !quoted && operator !== '~' && NUMBER.test(word) && Number.isFinite(Number(word))
  return { key, operator: operator as Condition['operator'], value: quoted ? quoted[2] : numeric ? Number(word) : word }
}

/**
 * Tell whether an item meets a condition. A number is compared with numbers only, a text with texts
 * only, a list by each of its values; `!=` also holds where the key is absent; `~` ignores case, and
 * takes `*` and `?`.
 */
export function meets(item: Filterable, { key, operator, value }: Condition): boolean {
  const whole = key in item && key !== 'metadata' ? item[key as keyof Filterable] : item.metadata[key]
  if (Array.isArray(whole) && operator !== '~') {
    const values = whole.filter((each) => typeof each !== 'boolean')
    if (operator === '!=') return !values.includes(value)
    return values.some((each) => meets({ ...item, metadata: { [key]: each } }, { key, operator, value }))
  }
  const found = typeof whole === 'boolean' ? String(whole) : whole
  if (operator === '~') return (typeof found === 'string' || typeof found === 'number') && like(String(found), String(value))
  if (operator === '!=') return found !== value
  if (typeof found !== typeof value) return false
  const order = compare(found as string | number, value)
  return { '=': order === 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator]
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
