/** A finger that rests on an image: the click that would follow is left out. */

const RESTS_MS = 450
const TREMBLES = 10

/** Make an attachment that acts on a long press. */
export function longPress(act: () => void): (node: HTMLElement) => () => void {
  return (node) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let at = { x: 0, y: 0 }
    let pressed = false

    const down = (event: PointerEvent) => {
      pressed = false
      if (event.pointerType === 'mouse') return
      at = { x: event.clientX, y: event.clientY }
      timer = setTimeout(() => {
        pressed = true
        act()
      }, RESTS_MS)
    }
    const moved = (event: PointerEvent) => {
      if (Math.hypot(event.clientX - at.x, event.clientY - at.y) > TREMBLES) clearTimeout(timer)
    }
    const up = () => clearTimeout(timer)
    const stop = (event: Event) => {
      if (!pressed) return
      event.preventDefault()
      event.stopPropagation()
      if (event.type === 'click') pressed = false
    }

    const listeners: [string, (event: never) => void][] = [
      ['pointerdown', down],
      ['pointermove', moved],
      ['pointerup', up],
      ['pointercancel', up],
    ]
    for (const [type, listener] of listeners) node.addEventListener(type, listener as EventListener)
    for (const type of ['click', 'contextmenu']) node.addEventListener(type, stop, { capture: true })
    return () => {
      clearTimeout(timer)
      for (const [type, listener] of listeners) node.removeEventListener(type, listener as EventListener)
      for (const type of ['click', 'contextmenu']) node.removeEventListener(type, stop, { capture: true })
    }
  }
}
