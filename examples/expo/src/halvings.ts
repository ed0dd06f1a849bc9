/** The least side that is decoded: twice what the bundled model sees. */
const LEAST = 480

/**
 * The sizes by which an image becomes small, each half of the one before.
 *
 * Android resizes with two pixels a side, however large the step: at once, from 4,000 pixels to 480, it would leave most
 * of the photograph out. By halves, every pixel counts.
 */
export function halvings(width: number, height: number): { width: number; height: number }[] {
  const sizes = []
  while (Math.min(width, height) >= 2 * LEAST) {
    width = Math.round(width / 2)
    height = Math.round(height / 2)
    sizes.push({ width, height })
  }
  return sizes
}
