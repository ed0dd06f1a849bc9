/*
 * The installed page: opens without a server, and takes images that other apps share.
 * The network comes first, so that a new build is seen at once; the API is never kept.
 */

const SHELL = 'visavis.shell'
const SHARED = 'visavis.shared'
const FILES = [
  './',
  'AddDialog.css',
  'AddDialog.js',
  'CollectionMap.css',
  'CollectionMap.js',
  'Dialog.css',
  'Dialog.js',
  'Duplicates.css',
  'Duplicates.js',
  'Filters.css',
  'Filters.js',
  'KeyForm.css',
  'KeyForm.js',
  'RegionEditor.css',
  'RegionEditor.js',
  'SelectionBar.css',
  'SelectionBar.js',
  'Viewer.css',
  'Viewer.js',
  'app.js',
  'errors.js',
  'exports.js',
  'index.css',
  'live.js',
  'icon.svg',
  'manifest.webmanifest',
]
const ROOT = new URL('./', location.href).pathname

addEventListener('install', (event) => {
  // Thumbnails come by the hundred: the browser need not ask this worker about each.
  const api = { condition: { urlPattern: { pathname: `${ROOT}api/*` } }, source: 'network' }
  if ('addRoutes' in event) event.waitUntil(event.addRoutes([api]))
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)))
  skipWaiting()
})

addEventListener('activate', (event) => event.waitUntil(clients.claim()))

addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== location.origin || !url.pathname.startsWith(ROOT)) return
  const path = url.pathname.slice(ROOT.length)
  if (path === 'share' && request.method === 'POST') event.respondWith(take(request))
  else if (request.method === 'GET' && !path.startsWith('api/')) event.respondWith(answer(request, path))
})

/** Answer from the network, or with what was kept of it; any search is the same page. */
async function answer(request, path) {
  const shell = await caches.open(SHELL)
  const name = path === '' ? './' : path
  try {
    const response = await fetch(request)
    if (response.ok && FILES.includes(name)) await shell.put(name, response.clone())
    return response
  } catch (error) {
    const kept = await shell.match(name)
    if (!kept) throw error
    return kept
  }
}

/** Keep a shared image for the page that opens now: see `shared.ts`. */
async function take(request) {
  const image = (await request.formData()).get('image')
  if (image instanceof File) await (await caches.open(SHARED)).put('image', new Response(image))
  return Response.redirect('./?shared', 303)
}
