/** Draws the map on a canvas: dots, images, rings around what was found or selected, the lasso. */

import type { Place } from '../geometry.ts'
import type { Placed } from './layout.ts'
import type { Thumbnails } from './thumbnails.ts'

export interface Scene {
  placed: readonly Placed[]
  thumbnails: Thumbnails
  /** Side of an image in pixels. */
  side: number
  found: ReadonlySet<string>
  selected: ReadonlySet<string>
  hovered: string | null
  lasso: readonly Place[]
}

export interface Colours {
  image: string
  text: string
  mark: string
  ground: string
}

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element)
  const [image, text, mark, ground] = ['--edge', '--cool', '--mark', '--ground'].map((name) => {
    // A token may be light-dark(…), which a canvas does not understand: let an element resolve it.
    const probe = document.createElement('span')
    probe.style.color = style.getPropertyValue(name)
    element.append(probe)
    const colour = getComputedStyle(probe).color
    probe.remove()
    return colour
  }) as [string, string, string, string]
  return { image, text, mark, ground }
}

export function paint(context: CanvasRenderingContext2D, scene: Scene, colours: Colours): void {
  const { width, height } = context.canvas
  const scale = devicePixelRatio
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width / scale, height / scale)
  const isOff = (one: Placed) => scene.selected.size > 0 && !scene.selected.has(one.point.id)
  for (const one of scene.placed) paintDot(context, one, scene, colours, isOff(one))
  for (const one of scene.placed) paintImage(context, one, scene, colours, isOff(one))
  paintLasso(context, scene.lasso, colours.mark)
}

function paintDot(
  context: CanvasRenderingContext2D,
  { point, at }: Placed,
  scene: Scene,
  colours: Colours,
  isOff: boolean,
): void {
  const isMarked = scene.found.has(point.id) || scene.selected.has(point.id)
  context.globalAlpha = isOff ? 0.25 : 0.85
  context.fillStyle = isMarked ? colours.mark : point.modality === 'text' ? colours.text : colours.image
  context.beginPath()
  context.arc(at.x, at.y, point.id === scene.hovered ? 6 : isMarked ? 4 : 2.5, 0, 2 * Math.PI)
  context.fill()
  context.globalAlpha = 1
}

function paintImage(
  context: CanvasRenderingContext2D,
  { point, at, asImage }: Placed,
  scene: Scene,
  colours: Colours,
  isOff: boolean,
): void {
  const bitmap = asImage ? scene.thumbnails.get(point.id) : null
  if (!bitmap) return
  const side = scene.side * (point.id === scene.hovered ? 1.15 : 1)
  const [x, y] = [at.x - side / 2, at.y - side / 2]
  const cut = Math.min(bitmap.width, bitmap.height)
  const isMarked = scene.found.has(point.id) || scene.selected.has(point.id)
  context.save()
  context.globalAlpha = isOff ? 0.25 : 1
  context.beginPath()
  context.roundRect(x, y, side, side, 8)
  context.save()
  context.clip()
  context.drawImage(bitmap, (bitmap.width - cut) / 2, (bitmap.height - cut) / 2, cut, cut, x, y, side, side)
  context.restore()
  context.lineWidth = isMarked || point.id === scene.hovered ? 3 : 1.5
  context.strokeStyle = isMarked || point.id === scene.hovered ? colours.mark : colours.ground
  context.stroke()
  context.restore()
}

function paintLasso(context: CanvasRenderingContext2D, lasso: readonly Place[], mark: string): void {
  if (lasso.length < 2) return
  context.beginPath()
  lasso.forEach(({ x, y }) => context.lineTo(x, y))
  context.closePath()
  context.strokeStyle = mark
  context.lineWidth = 2
  context.stroke()
  context.globalAlpha = 0.12
  context.fillStyle = mark
  context.fill()
  context.globalAlpha = 1
}
