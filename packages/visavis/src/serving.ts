import type { Asked, Call, Opened, Port, Reply } from './calls.ts'
import { type Encoder, loadModel } from './model.ts'
import { type KeptCollection, Store } from './store.ts'

/** Methods that may be called from the other side. */
const METHODS = new Set<keyof Encoder | keyof KeptCollection>([
  'add', 'close', 'compact', 'delete', 'encodeImages', 'encodeTexts', 'get', 'import', 'release', 'remove', 'search', 'status', 'thumbnail', 'vector',
])

/** Open models and collections for the other side of a port, and do what it asks of them. */
export function serve(port: Port): void {
  const objects: any[] = []
  const opened = (object: Encoder | KeptCollection, more: Partial<Opened> = {}): Opened => ({ object: objects.push(object) - 1, ...more })

  async function run(call: Call, progress: (items: number) => void): Promise<unknown> {
    if ('method' in call) {
      if (!METHODS.has(call.method as any)) throw new Error(`${call.method} cannot be called from another thread`)
      return objects[call.object][call.method](...call.args, ...(call.method === 'import' ? [progress] : []))
    }
    if (call.open === 'store') return opened(await Store.open(call.name, call.model, call.options))
    const model = await loadModel(call.source, call.options)
    return opened(model, { info: model.info })
  }

  port.addEventListener('message', async ({ data: { id, call } }: { data: Asked }) => {
    const reply = (reply: Reply) => port.postMessage(reply)
    try {
      reply({ id, result: await run(call, (progress) => reply({ id, progress })) })
    } catch (error) {
      const { name, message } = error as Error
      reply({ id, error: { name, message } })
    }
  })
  port.start?.()
}
