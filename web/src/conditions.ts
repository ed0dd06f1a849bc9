/** Conditions on metadata as the server reads them: `split="train"`, `year=2003`, `width>=800`. */

type Value = string | number | boolean

const CONDITION = /^[^=!<>~]*[^=!<>~\s]\s*(!=|<=|>=|=|<|>|~)\s*[^=\s]/

export function equals(key: string, value: Value): string {
  return typeof value === 'string' ? `${key}="${value}"` : `${key}=${value}`
}

/** The conditions after a choice from a menu; no value removes the key's condition. */
export function choose(where: string[], key: string, value: Value | null): string[] {
  const others = where.filter((condition) => !condition.startsWith(`${key}=`))
  return value === null ? others : [...others, equals(key, value)]
}

export function isCondition(typed: string): boolean {
  return CONDITION.test(typed.trim())
}
