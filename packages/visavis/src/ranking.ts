/**
 * Return the rows that can be among the `k` best, in their order: all accepted ones whose score is at most `margin`
 * below the k-th best score.
 */
export function candidates(scores: Float32Array, k: number, margin: number, accepted: (row: number) => boolean): number[] {
  let rows: number[] = []
  let least = -Infinity
  let most = 4 * k + 64
  const narrow = () => {
    if (rows.length <= k) return
    const kth = Float32Array.from(rows, (row) => scores[row]).sort().at(-k)!
    least = kth - margin
    rows = rows.filter((row) => scores[row] >= least)
    most = Math.max(most, 2 * rows.length) // many may be equal
  }
  for (let row = 0; row < scores.length; row++) {
    if (scores[row] < least || !accepted(row)) continue
    rows.push(row)
    if (rows.length >= most) narrow()
  }
  narrow()
  return rows
}
