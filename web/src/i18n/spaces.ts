/** French punctuation on the line of its word, by spaces that do not break. Sources have plain spaces. */

export function unbroken(french: string): string {
  return french.replace(/ (?=[:;?!»%])/g, '\u00a0').replace(/« /g, '«\u00a0')
}

/** Messages, or functions that make them, without spaces at which a line must not break. */
export function unbrokenMessages<M extends object>(messages: M): M {
  const entries = Object.entries(messages).map(([name, message]) => [name, unbrokenMessage(message)])
  return Object.fromEntries(entries) as M
}

function unbrokenMessage(message: unknown): unknown {
  if (typeof message === 'string') return unbroken(message)
  if (typeof message !== 'function') return message
  return (...values: unknown[]) => unbroken(message(...values))
}
