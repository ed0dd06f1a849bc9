/** The order of what a search found: images by their date, texts by their language. */

import type { Hit } from './api.ts'
import { languageOf } from './items.ts'
import type { Order } from './state.ts'

/** Put hits in order of their date, as the server does with each page; those without one come last. */
export function inOrder(hits: Hit[], order: Order): Hit[] {
  if (!order) return hits
  const sign = order.startsWith('-') ? -1 : 1
  return hits.toSorted((a, b) => {
    const [one, other] = [takenAt(a), takenAt(b)]
    if (one === null || other === null) return Number(one === null) - Number(other === null)
    return one < other ? -sign : one > other ? sign : 0
  })
}

/** Put texts of a language before all others, each in the order they came. */
export function ownFirst(hits: Hit[], lang: string): Hit[] {
  const isOwn = (hit: Hit) => languageOf(hit) === lang
  return [...hits.filter(isOwn), ...hits.filter((hit) => !isOwn(hit))]
}

/** When an image was taken, as its metadata say. */
export function takenAt({ metadata }: Pick<Hit, 'metadata'>): string | null {
  const { taken } = metadata
  return typeof taken === 'string' ? taken : null
}
