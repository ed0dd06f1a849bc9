/** The installed page: a service worker opens it without a server, and hands on images from other apps. */

const SHARED = 'visavis.shared'

/** Register the service worker where browsers allow one: on this machine, and over HTTPS. */
export function install(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  addEventListener('load', () => void navigator.serviceWorker.register('sw.js').catch(() => undefined))
}

/** The image that another app shared with the page, once; see `share_target` in the manifest. */
export async function takeShared(): Promise<File | null> {
  if (location.search !== '?shared' || !('caches' in window)) return null
  const cache = await caches.open(SHARED)
  const response = await cache.match('image')
  await cache.delete('image')
  return response ? new File([await response.blob()], 'image') : null
}
