/** How fast a timeline is scrolled: images that pass by are not asked for. */

/** More windows a second are too fast to see an image: each is in sight for a third of a second. */
const FAST = 3
/** A jump, such as by a key, is as fast as if it had taken this long. */
const JUMP_MS = 100

/** How long nothing passes by too fast before it counts as rest; longer while the scrubber is held. */
export const RESTS_MS = 150
export const HELD_MS = 300

export class Pace {
  #top = 0
  #at = -Infinity
  #rests = -Infinity

  /** Note how far the timeline is scrolled; returns whether it passes by too fast: a late frame among fast ones is no rest. */
  note(top: number, view: number, now: number, rest = RESTS_MS): boolean {
    const distance = Math.abs(top - this.#top)
    const elapsed = Math.min(JUMP_MS, now - this.#at)
    this.#top = top
    this.#at = now
    if (distance * 1000 > FAST * view * elapsed) this.#rests = now + rest
    return now < this.#rests
  }

  /** Take what follows as if scrolling had rested. */
  rest(): void {
    this.#rests = -Infinity
  }
}
