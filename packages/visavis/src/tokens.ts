import { Tokenizer } from '@huggingface/tokenizers'

/** Token ids of several texts, each row padded to the longest: (texts, tokens). */
export interface Tokens {
  ids: BigInt64Array
  mask: BigInt64Array
  dims: [number, number]
}

/** The tokenizer of a model folder: ids as in Python, cut and padded as `tokenizer.json` says. */
export class TextTokenizer {
  private readonly tokenizer: Tokenizer
  private readonly limit: number
  private readonly padding: { id: number; length: number | null }

  constructor(json: any) {
    this.tokenizer = new Tokenizer(json, {})
    this.limit = json.truncation?.max_length ?? Infinity
    const fixed = json.padding?.strategy?.Fixed
    this.padding = { id: json.padding?.pad_id ?? 0, length: fixed ?? null }
  }

  encode(texts: string[]): Tokens {
    const rows = texts.map((text) => this.ids(text))
    const length = this.padding.length ?? Math.max(0, ...rows.map((row) => row.length))
    const dims: [number, number] = [rows.length, length]
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(this.padding.id))
    const mask = new BigInt64Array(rows.length * length)
    rows.forEach((row, n) =>
      row.forEach((id, at) => {
        ids[n * length + at] = BigInt(id)
        mask[n * length + at] = 1n
      }),
    )
    return { ids, mask, dims }
  }

  /** Return the ids of one text. The library ignores truncation, so the text is cut here, special tokens kept. */
  ids(text: string): number[] {
    const { ids } = this.tokenizer.encode(text)
    if (ids.length <= this.limit) return ids
    const bare = this.tokenizer.encode(text, { add_special_tokens: false }).ids
    const before = ids.findIndex((_: number, n: number) => bare.every((id: number, at: number) => ids[n + at] === id))
    const after = ids.length - bare.length - before
    return [...ids.slice(0, before), ...bare.slice(0, this.limit - before - after), ...ids.slice(ids.length - after)]
  }
}
