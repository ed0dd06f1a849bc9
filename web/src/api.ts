/** The server's API, typed. All requests of the page go through here. */

import type { components } from './schema.ts'
import { allTerms, isByDate, MOST_TERMS, type State, type Upload } from './state.ts'
import { blobOf } from './uploads.ts'

type Schemas = components['schemas']
export type Modality = Point['modality']
export type Json = Item['metadata'][string]
/** `image` is the id of the image that a caption describes, if it is in the collection. */
export type Item = Omit<Schemas['ItemResponse'], 'image'> & { image?: string | null }
export type Hit = Item & Pick<Schemas['HitResponse'], 'score' | 'box' | 'relevance'>
export type SearchResponse = Omit<Schemas['SearchResponse'], 'hits' | 'exact'> & { hits: Hit[] }
export type CollectionInfo = Schemas['CollectionResponse']
export type Point = Schemas['Point']
export type PointCloud = Schemas['MapResponse']
export type Field = Schemas['MetadataField']

type Details = Schemas['ProblemDetails']
/** Why the server refused a request: in English, and by a code with the values that it quotes. */
export type Explained = Pick<Details, 'detail'> & Partial<Pick<Details, 'code' | 'values'>>

/** A refused request; `retryAfter` is in seconds. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Explained,
    readonly retryAfter: number | null = null,
  ) {
    super(problem.detail)
  }
}

/** No response: the server or the connection is down. */
export class OfflineError extends Error {}

export const ROOT = 'api/v1'
const KEY = 'visavis.key'
/** Embeddings, overrides and isolates of bidirectional text. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g

let key = sessionStorage.getItem(KEY)

export function hasKey(): boolean {
  return key !== null
}

export function setKey(value: string): void {
  key = value
  sessionStorage.setItem(KEY, value)
}

export function forgetKey(): void {
  key = null
  sessionStorage.removeItem(KEY)
}

export function getCollection(): Promise<CollectionInfo> {
  return get('collection')
}

/** The metadata that images, or texts, can be filtered by. */
export async function getFields(modality: Modality): Promise<Field[]> {
  return (await get<{ fields: Field[] }>(`fields?modality=${modality}`)).fields
}

/** The map's points; images only, or captions too. */
export function getMap(limit: number, withTexts: boolean): Promise<PointCloud> {
  return get(`map?limit=${limit}${withTexts ? '' : '&modality=image'}`)
}

export function getItem(id: string): Promise<Item> {
  return get(`items/${encodeURIComponent(id)}`)
}

/** A few items, spread over the collection. */
export async function getSample(modality: Modality, limit: number): Promise<Item[]> {
  return (await get<{ items: Item[] }>(`items?modality=${modality}&limit=${limit}`)).items
}

export function search(
  state: State,
  k: number,
  cursor: string | null,
  signal: AbortSignal,
): Promise<SearchResponse> {
  const uploads: Upload[] = []
  const terms = allTerms(state).slice(0, MOST_TERMS).map(({ weight, subject }) => {
    if (subject.kind === 'text') return { weight, text: subject.text }
    const box = subject.box ? { box: subject.box } : {}
    if (subject.kind === 'item') return { weight, item: subject.id, ...box }
    return { weight, upload: `image${uploads.push(subject.upload) - 1}`, ...box }
  })
  const query: Schemas['SearchRequest'] = {
    terms,
    k,
    modality: state.view === 'texts' ? 'text' : 'image',
    where: state.where,
    balance: state.balance,
    regions: state.regions && state.view !== 'texts',
    ...(isByDate(state) && { sort: state.sort }),
    cursor,
  }
  return post('search', query, uploads, signal)
}

/** The texts closest to an image. */
export async function describe(id: string, k: number, lang: string | null): Promise<Hit[]> {
  return (await post<{ hits: Hit[] }>('describe', { item: id, k, lang })).hits
}

/** The images closest to an item. */
export async function neighbours(id: string, k: number): Promise<Hit[]> {
  const query = { terms: [{ item: id }], k, modality: 'image' }
  return (await post<{ hits: Hit[] }>('search', query)).hits
}

export function thumbnailUrl(id: string, size: 128 | 192 | 256 | 512): string {
  return `${ROOT}/items/${encodeURIComponent(id)}/thumbnail?size=${size}`
}

export function imageUrl(id: string): string {
  return `${ROOT}/items/${encodeURIComponent(id)}/image`
}

/** Fetch an image with the key, which an `<img>` cannot send. */
export async function getImage(url: string, signal: AbortSignal): Promise<Blob> {
  return (await send(url, { signal, headers: { Accept: 'image/webp,*/*' } })).blob()
}

/** Ask for JSON below the API's root. */
export async function get<T>(path: string): Promise<T> {
  return read(await send(`${ROOT}/${path}`, {}))
}

/** Read JSON without the characters that turn a text around, so that it shows as it is stored. */
async function read<T>(response: Response): Promise<T> {
  const straight = (_: string, value: unknown) => (typeof value === 'string' ? value.replace(TURNING, '') : value)
  return JSON.parse(await response.text(), straight) as T
}

async function post<T>(
  path: string,
  query: object,
  uploads: Upload[] = [],
  signal: AbortSignal | null = null,
): Promise<T> {
  const init: RequestInit = uploads.length
    ? { body: form(query, uploads) }
    : { body: JSON.stringify(query), headers: { 'Content-Type': 'application/json' } }
  return read(await send(`${ROOT}/${path}`, { ...init, method: 'POST', signal }))
}

function form(query: object, uploads: Upload[]): FormData {
  const data = new FormData()
  data.set('query', JSON.stringify(query))
  uploads.forEach((upload, i) => data.set(`image${i}`, blobOf(upload.key), `image${i}`))
  return data
}

/** Send a request with the key; a refusal is an ApiError. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  if (key) headers.set('Authorization', `Bearer ${key}`)
  let response: Response
  try {
    response = await fetch(url, { ...init, headers })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new OfflineError()
  }
  if (!response.ok) throw await errorOf(response)
  return response
}

/** Read problem details (RFC 9457), or fall back on the status. */
async function errorOf(response: Response): Promise<ApiError> {
  const details = (await response.json().catch(() => ({}))) as Partial<Details>
  const wait = Number(response.headers.get('Retry-After') ?? NaN)
  return new ApiError(
    response.status,
    { ...details, detail: details.detail ?? response.statusText },
    Number.isFinite(wait) ? wait : null,
  )
}
