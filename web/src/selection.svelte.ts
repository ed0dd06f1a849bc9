/** The images that are selected, in the timeline, among results or on the map. */

import type { Item } from './api.ts'

/** A list that is selected from: what is between two positions may have to be loaded. */
export interface Listing {
  items: readonly (Item | undefined)[]
  between: (from: number, to: number) => Promise<Item[]>
}

export function listingOf(items: readonly Item[]): Listing {
  return { items, between: async (from, to) => items.slice(from, to + 1) }
}

class Selection {
  #items = $state.raw<ReadonlyMap<string, Item>>(new Map())
  readonly items = $derived([...this.#items.values()])
  readonly count = $derived(this.#items.size)
  /** Where the next range begins. */
  #anchor: { id: string; selects: boolean } | null = null

  has(id: string): boolean {
    return this.#items.has(id)
  }

  toggle(item: Item): void {
    const selects = !this.has(item.id)
    this.#anchor = { id: item.id, selects }
    this.#set([item], selects)
  }

  /** Do with all items from the last one to this one as was done with that one. */
  async extend(listing: Listing, index: number): Promise<void> {
    const item = listing.items[index]
    const from = listing.items.findIndex((one) => one?.id === this.#anchor?.id)
    if (!this.#anchor || from < 0) {
      if (item) this.toggle(item)
      return
    }
    const { selects } = this.#anchor
    this.#set(await listing.between(Math.min(from, index), Math.max(from, index)), selects)
  }

  add(items: readonly Item[]): void {
    this.#set(items, true)
  }

  remove(items: readonly Item[]): void {
    this.#set(items, false)
  }

  clear(): void {
    this.#items = new Map()
    this.#anchor = null
  }

  /** A click on an image: open it, or select it once something is selected. */
  click(event: MouseEvent | KeyboardEvent, listing: Listing, index: number, open: () => void): void {
    const item = listing.items[index]
    const selects = event.ctrlKey || event.metaKey || this.count > 0
    if (!event.shiftKey && !selects) open()
    else if (item && event.shiftKey) void this.extend(listing, index)
    else if (item) this.toggle(item)
  }

  #set(items: readonly Item[], selects: boolean): void {
    const changed = new Map(this.#items)
    for (const item of items) {
      if (selects) changed.set(item.id, item)
      else changed.delete(item.id)
    }
    this.#items = changed
  }
}

export const selection = new Selection()
