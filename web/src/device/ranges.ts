/** Items of a long list, loaded a block at a time as they come into view. */

const BLOCK = 48

export class Ranges<T> {
  /** Items by their positions; those that are not loaded yet are holes. */
  readonly items: (T | undefined)[]
  private readonly loaded = new Set<number>()
  private wanted: [first: number, last: number] = [0, -1]
  private running = false

  constructor(
    readonly count: number,
    /** Load the items from one position to another, the last one excluded. */
    readonly load: (from: number, to: number) => Promise<T[]>,
    readonly onload: () => void,
    readonly onfail: (error: Error) => void,
    /** What is shown until it is loaded anew. */
    known: readonly (T | undefined)[] = [],
  ) {
    this.items = known.slice(0, count)
  }

  /** Load what is seen; what was wanted before and is not loaded yet is given up. */
  want(first: number, last: number): void {
    this.wanted = [first, last]
    if (!this.running) void this.run()
  }

  private async run(): Promise<void> {
    this.running = true
    try {
      for (let block = this.next(); block !== undefined; block = this.next()) {
        const from = block * BLOCK
        const items = await this.load(from, Math.min(from + BLOCK, this.count))
        items.forEach((item, n) => (this.items[from + n] = item))
        this.loaded.add(block)
        this.onload()
      }
    } catch (error) {
      this.onfail(error as Error)
    } finally {
      this.running = false
    }
  }

  private next(): number | undefined {
    const [first, last] = [Math.max(0, this.wanted[0]), Math.min(this.wanted[1], this.count - 1)]
    for (let block = Math.floor(first / BLOCK); block * BLOCK <= last; block++) if (!this.loaded.has(block)) return block
    return undefined
  }
}
