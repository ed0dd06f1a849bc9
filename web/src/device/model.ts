/** The model of this page: its files come from the page's own origin, and are checked by their hashes. */

import { loadModel, type Model } from '../../../packages/visavis/src/index.ts'
import type { Listing } from './messages.ts'

export interface PageModel {
  model: Model
  bytes: number
  /** Fetch what has not been needed yet, so that the page is complete without a network. */
  complete: () => Promise<void>
}

export async function openModel(base: string): Promise<PageModel> {
  const { model: listed } = (await (await found(new URL('device.json', base))).json()) as Listing
  const reading = new Map<string, Promise<Uint8Array>>()
  const read = (name: string): Promise<Uint8Array> => {
    const begun = reading.get(name) ?? fetched(name).finally(() => reading.delete(name))
    reading.set(name, begun)
    return begun
  }
  const fetched = async (name: string): Promise<Uint8Array> => {
    const file = listed.files[name]
    if (!file) throw new Error(`device.json lists no ${name}`)
    const bytes = await (await found(new URL(file.url, base))).arrayBuffer()
    if (hex(await crypto.subtle.digest('SHA-256', bytes)) !== file.sha256) throw new Error(`${file.url} arrived damaged: reload the page`)
    return new Uint8Array(bytes)
  }
  const files = Object.entries(listed.files)
  return {
    model: await loadModel(base, { read }),
    bytes: files.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    async complete() {
      for (const [name] of files) await read(name)
    },
  }
}

export function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function found(url: URL): Promise<Response> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url.pathname}: ${response.status} ${response.statusText}`)
  return response
}
