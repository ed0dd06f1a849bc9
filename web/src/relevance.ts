/** Which results probably fit: those whose relevance reaches the cut of the model. */

/** What is shown of the rest at first: about a row. */
export const FADED = 6

export interface Split<T> {
  likely: T[]
  unlikely: T[]
}

/**
 * Split results; the likely ones keep their order, of the others the best come first. Without a cut, and
 * without a relevance, all are likely.
 */
export function splitAtCut<T extends { relevance?: number | null }>(hits: readonly T[], cut: number | null): Split<T> {
  const isUnlikely = ({ relevance }: T) => cut !== null && typeof relevance === 'number' && relevance < cut
  const unlikely = hits.filter(isUnlikely).sort((a, b) => b.relevance! - a.relevance!)
  return { likely: hits.filter((hit) => !isUnlikely(hit)), unlikely }
}
