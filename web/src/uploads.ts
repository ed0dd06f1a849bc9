/** A person's own images: in this browser until the tab closes, so that a reload finds them again. */

const DATABASE = 'visavis'
const STORE = 'uploads'
const TAB = 'visavis.tab'

interface Kept {
  blob: Blob
  /** An address for `<img>`; it ends with the page. */
  url: string
}

const here = new Map<string, Kept>()
const tab = (sessionStorage[TAB] as string | undefined) ?? (sessionStorage[TAB] = random())
let opened: Promise<IDBDatabase> | null = null

/** Keep an image and return its key. Without a database it is kept until the page is left. */
export function keep(blob: Blob): string {
  const key = `${tab}/${random()}`
  show(key, blob)
  void database()
    .then((it) => done(it.transaction(STORE, 'readwrite').objectStore(STORE).put(blob, key)))
    .catch(() => undefined)
  return key
}

export function blobOf(key: string): Blob {
  return here.get(key)!.blob
}

export function urlOf(key: string): string {
  return here.get(key)!.url
}

/** Return whether an image is here, after a look into what was kept before a reload. */
export async function isHere(key: string): Promise<boolean> {
  if (!here.has(key)) {
    const blob = await database()
      .then((it) => done<unknown>(it.transaction(STORE).objectStore(STORE).get(key)))
      .catch(() => null)
    if (blob instanceof Blob) show(key, blob)
  }
  return here.has(key)
}

/** Remove the images of tabs that have been closed: an open tab holds the lock of its name. */
export async function removeOthers(): Promise<void> {
  if (!('locks' in navigator)) return
  void navigator.locks.request(lockOf(tab), { mode: 'shared' }, () => new Promise(() => undefined))
  const { held = [] } = await navigator.locks.query()
  const open = new Set([lockOf(tab), ...held.map((lock) => lock.name)])
  const store = (await database()).transaction(STORE, 'readwrite').objectStore(STORE)
  for (const key of await done(store.getAllKeys())) {
    if (!open.has(lockOf(String(key).split('/')[0]!))) store.delete(key)
  }
}

function show(key: string, blob: Blob): void {
  here.set(key, { blob, url: URL.createObjectURL(blob) })
}

function lockOf(name: string): string {
  return `visavis.tab.${name}`
}

function random(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join('-')
}

function database(): Promise<IDBDatabase> {
  return (opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error!)
  }))
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error!)
  })
}
