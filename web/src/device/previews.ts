/** Previews of photographs as the page shows them: JPEGs, at addresses that the worker makes, which would hold up the page. */

import type { Store } from '../../../packages/visavis/src/store.ts'

export class Previews {
  private readonly urls = new Map<string, string>()
  private readonly store: Store
  private readonly limit: number

  /** Keep the addresses of `limit` previews: those that were asked for last. */
  constructor(store: Store, limit = 1000) {
    this.store = store
    this.limit = limit
  }

  /** Return the address of a preview; an empty one if there is none. */
  async url(id: string): Promise<string> {
    const known = this.urls.get(id)
    const url = known ?? (await this.made(id))
    this.urls.delete(id)
    if (url) this.urls.set(id, url) // the last of the map
    if (this.urls.size > this.limit) this.forget(this.urls.keys().next().value!)
    return url
  }

  async jpeg(id: string): Promise<Blob | null> {
    const bytes = await this.store.thumbnail(id)
    return bytes ? new Blob([bytes.slice()], { type: 'image/jpeg' }) : null
  }

  /** Forget all addresses. */
  clear(): void {
    for (const id of this.urls.keys()) this.forget(id)
  }

  private async made(id: string): Promise<string> {
    const jpeg = await this.jpeg(id)
    return jpeg ? URL.createObjectURL(jpeg) : ''
  }

  private forget(id: string): void {
    URL.revokeObjectURL(this.urls.get(id)!)
    this.urls.delete(id)
  }
}
