/** The service worker of the device page: what was fetched once is there without a network. */

const PAGE = 'visavis-device-page'
const MODEL = 'visavis-device-model'
const worker = self as any // ServiceWorkerGlobalScope, which is not in the DOM's types
const scope = new URL(worker.registration.scope)

worker.addEventListener('install', () => worker.skipWaiting())
worker.addEventListener('activate', (event: any) => event.waitUntil(worker.clients.claim()))

/** The page tells what it had fetched before this worker was there. */
worker.addEventListener('message', (event: any) => {
  event.waitUntil(caches.open(PAGE).then((cache) => cache.addAll(event.data.keep)))
})

worker.addEventListener('fetch', (event: any) => {
  const { method, url } = event.request as Request
  if (method !== 'GET' || !url.startsWith(scope.href)) return
  const path = url.slice(scope.href.length)
  if (path.startsWith('model/')) event.respondWith(kept(MODEL, event.request))
  else if (path.startsWith('assets/')) event.respondWith(kept(PAGE, event.request))
  else event.respondWith(newest(event.request))
})

/** Names have hashes: what is in the cache is right. */
async function kept(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(name)
  const known = await cache.match(request)
  if (known) return known
  const response = await fetch(request)
  if (response.ok) await cache.put(request, response.clone()).catch(() => {}) // no room: it works online
  return response
}

/** The page itself and the list of the model's files: from the network, or as they were. */
async function newest(request: Request): Promise<Response> {
  const cache = await caches.open(PAGE)
  try {
    const response = await fetch(request)
    if (response.ok) await cache.put(request, response.clone()).catch(() => {})
    if (response.ok && request.url.endsWith('/device.json')) await forgetOtherModels(await response.clone().json())
    return response
  } catch (error) {
    const known = await cache.match(request, { ignoreSearch: true })
    if (known) return known
    throw error
  }
}

async function forgetOtherModels({ model }: { model: { files: Record<string, { url: string }> } }): Promise<void> {
  const wanted = new Set(Object.values(model.files).map(({ url }) => new URL(url, scope).href))
  const cache = await caches.open(MODEL)
  for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request)
}
