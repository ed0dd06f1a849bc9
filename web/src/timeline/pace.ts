/** How fast a timeline is scrolled: images that pass by are not asked for. */

/** More windows a second are too fast to see an image: each is in sight for a third of a second. */
const FAST = 3
/** A jump, such as by a key, is as fast as if it had taken this long. */
const JUMP_MS = 100

export class Pace {
  #top = 0
  #at = -Infinity

  /** Note how far the timeline is scrolled; returns whether it passes by too fast. */
  note(top: number, view: number, now: number): boolean {
    const distance = Math.abs(top - this.#top)
    const elapsed = Math.min(JUMP_MS, now - this.#at)
    this.#top = top
    this.#at = now
    return distance * 1000 > FAST * view * elapsed
  }
}
