/** Numbers as each language writes them. */

export const english = (n: number, decimals?: number) => format(n, 'en', decimals)
export const french = (n: number, decimals?: number) => format(n, 'fr', decimals)

/** Write a number with the language's separators; scores have a fixed number of decimals. */
function format(n: number, lang: string, decimals?: number): string {
  if (decimals === undefined) return n.toLocaleString(lang)
  return n.toLocaleString(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}
