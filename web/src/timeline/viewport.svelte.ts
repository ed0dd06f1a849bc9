/** What of a timeline is in sight, as the window scrolls. */

import { Layout, type Month, type Shown } from './layout.ts'

interface Options {
  /** The timeline's months, null until they are known. */
  months: () => readonly Month[] | null
  /** What is made ready above and below the window, in CSS pixels. */
  ahead: () => number
  /** Called as the window shows another height of the timeline, with that one and the one before. */
  onmove?: (top: number, before: number) => void
}

export class Viewport {
  /** Width of the timeline, height of the window, and how far the timeline is scrolled, in CSS pixels. */
  width = $state(0)
  height = $state(innerHeight)
  top = $state(0)
  /** The timeline's element, once it is there. */
  element: HTMLElement | null = null
  readonly #options: Options
  #frame = 0

  readonly layout = $derived.by(() => {
    const months = this.#options.months()
    return months && this.width ? new Layout(months, this.width) : null
  })
  /** Scrolling within a row's height changes nothing. */
  readonly #from = $derived.by(() => {
    const step = this.layout?.step ?? 1
    return Math.floor(this.top / step) * step - this.#options.ahead()
  })
  readonly #to = $derived.by(() => this.#from + this.height + (this.layout?.step ?? 0) + 2 * this.#options.ahead())
  readonly shown: Shown[] = $derived.by(() => this.layout?.between(this.#from, this.#to) ?? [])

  constructor(options: Options) {
    this.#options = options
  }

  readonly attach = (node: HTMLElement): (() => void) => {
    this.element = node
    const observer = new ResizeObserver(() => {
      this.width = node.clientWidth
      this.measure()
    })
    observer.observe(node)
    addEventListener('scroll', this.#scrolled, { passive: true })
    return () => {
      observer.disconnect()
      removeEventListener('scroll', this.#scrolled)
      cancelAnimationFrame(this.#frame)
      this.element = null
    }
  }

  /** Scroll to a height of the timeline. */
  seek(top: number): void {
    scrollTo({ top: scrollY + this.element!.getBoundingClientRect().top + top })
    this.measure()
  }

  measure(): void {
    if (!this.element) return
    const [before, top] = [this.top, -this.element.getBoundingClientRect().top]
    this.height = innerHeight
    this.top = top
    this.#options.onmove?.(top, before)
  }

  readonly #scrolled = (): void => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.measure()
    })
  }
}
