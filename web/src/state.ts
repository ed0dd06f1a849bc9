/** The query and the view, and their form in the address: `/?q=a+dog&t=-1:text:people&balance=0.7`. */

export type View = 'images' | 'texts' | 'map' | 'duplicates'

/** How images found are ordered: the best first, or by their date, descending with a minus. */
export type Order = '' | 'taken' | '-taken'

/** x, y, width, height in whole pixels of the upright image. */
export type Box = [number, number, number, number]

export interface Size {
  width: number
  height: number
}

/** A person's own image, which stays in this tab; its pixels are in `uploads.ts`. */
export interface Upload extends Size {
  key: string
  name: string
}

export type Subject =
  | { kind: 'text'; text: string }
  | { kind: 'item'; id: string; box: Box | null }
  | { kind: 'upload'; upload: Upload; box: Box | null }

export interface Term {
  weight: number
  subject: Subject
}

export interface State {
  /** The submitted text: its terms come first. What is being typed is `session.draft`. */
  text: string
  terms: Term[]
  balance: number
  where: string[]
  regions: boolean
  sort: Order
  view: View
  /** The item shown in the dialog. */
  open: string | null
}

/** As many terms as the server searches at once. */
export const MOST_TERMS = 16

export const ORDERS: readonly Order[] = ['', '-taken', 'taken']
const VIEWS: readonly View[] = ['images', 'texts', 'map', 'duplicates']
const TERM = /^([+-]?\d*\.?\d+):(text|image):(.+)$/s
const REGION = /^(.+)@(\d+),(\d+),(\d+),(\d+)$/
const WEIGHED = /^(\d*\.?\d+):(.+)$/s

export function emptyState(): State {
  return {
    text: '',
    terms: [],
    balance: 0.5,
    where: [],
    regions: false,
    sort: '',
    view: 'images',
    open: null,
  }
}

/** All terms, those of the text first. */
export function allTerms(state: State): Term[] {
  return [...splitText(state.text), ...state.terms]
}

export function textTerm(text: string, weight = 1): Term {
  return { weight, subject: { kind: 'text', text } }
}

export function itemTerm(id: string, weight = 1, box: Box | null = null): Term {
  return { weight, subject: { kind: 'item', id, box } }
}

/** Whether there are texts and images to balance. */
export function isMixed(state: State): boolean {
  return new Set(allTerms(state).map((term) => term.subject.kind === 'text')).size === 2
}

/** Whether images are ordered by their date. */
export function isByDate({ sort, view }: State): boolean {
  return sort !== '' && view === 'images'
}

/** Whether the address holds the whole query: uploaded images are not in it. */
export function isShareable(state: State): boolean {
  return state.terms.every((term) => term.subject.kind !== 'upload')
}

export function toSearch(state: State): string {
  const params = new URLSearchParams()
  if (state.text.trim()) params.set('q', state.text.trim())
  for (const term of state.terms) {
    const written = writeTerm(term)
    if (written) params.append('t', written)
  }
  if (state.balance !== 0.5) params.set('balance', String(state.balance))
  for (const condition of state.where) params.append('where', condition)
  if (state.regions) params.set('regions', '1')
  if (state.sort) params.set('sort', state.sort)
  if (state.view !== 'images') params.set('view', state.view)
  if (state.open) params.set('open', state.open)
  const text = params.toString()
  return text ? `?${text}` : ''
}

/** Read what `toSearch` wrote; what makes no sense is left out. */
export function fromSearch(search: string): State {
  const params = new URLSearchParams(search)
  const balance = Number(params.get('balance') ?? 0.5)
  return {
    text: params.get('q') ?? '',
    terms: params.getAll('t').flatMap(readTerm),
    balance: balance >= 0 && balance <= 1 ? balance : 0.5,
    where: params.getAll('where'),
    regions: params.get('regions') === '1',
    sort: ORDERS.find((order) => order === params.get('sort')) ?? '',
    view: VIEWS.find((view) => view === params.get('view')) ?? 'images',
    open: params.get('open') || null,
  }
}

/** Split a text at `+` and `-` that stand alone, as the command line does: `a dog - 2:snow`. */
export function splitText(text: string): Term[] {
  const pieces = ` + ${text.trim()}`.split(/\s([+-])(?=\s|$)/).slice(1)
  const terms: Term[] = []
  for (let i = 0; i < pieces.length; i += 2) {
    const weighed = WEIGHED.exec(pieces[i + 1]?.trim() ?? '')
    const part = weighed ? weighed[2]!.trim() : (pieces[i + 1]?.trim() ?? '')
    const weight = Number(weighed?.[1] ?? 1) * (pieces[i] === '-' ? -1 : 1)
    if (part && weight) terms.push(textTerm(part, weight))
  }
  return terms
}

/** Keep the first term in the field if its weight is 1, and make the others chips. */
export function chipsOf(typed: string): { text: string; terms: Term[] } {
  const terms = splitText(typed)
  const [first, ...rest] = terms
  if (first?.weight !== 1 || first.subject.kind !== 'text') return { text: '', terms }
  return { text: first.subject.text, terms: rest }
}

function writeTerm({ weight, subject }: Term): string | null {
  if (subject.kind === 'text') return `${weight}:text:${subject.text}`
  if (subject.kind === 'upload') return null
  return `${weight}:image:${subject.id}${subject.box ? `@${subject.box.join(',')}` : ''}`
}

function readTerm(written: string): Term[] {
  const match = TERM.exec(written)
  const weight = Number(match?.[1])
  if (!match || !weight) return []
  const value = match[3]!
  if (match[2] === 'text') return [textTerm(value, weight)]
  const region = REGION.exec(value)
  if (!region) return [itemTerm(value, weight)]
  return [itemTerm(region[1]!, weight, region.slice(2).map(Number) as Box)]
}
