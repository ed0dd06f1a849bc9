/** The photographs of the phone, newest first. */

import * as MediaLibrary from 'expo-media-library'
import { open } from './pixels'
import type { Photo } from './search'

const PAGE = 100

/** Ask for the photographs, and for nothing else; tell whether all or some may be read. */
export async function askForPhotos(): Promise<boolean> {
  return (await MediaLibrary.requestPermissionsAsync(false, ['photo'])).granted
}

export async function* photos(): AsyncGenerator<Photo> {
  let after: string | undefined
  for (;;) {
    const page = await MediaLibrary.getAssetsAsync({ first: PAGE, after, mediaType: 'photo', sortBy: 'creationTime' })
    for (const asset of page.assets) yield photo(asset)
    if (!page.hasNextPage) return
    after = page.endCursor
  }
}

function photo({ id, filename, width, height, creationTime, uri }: MediaLibrary.Asset): Photo {
  const taken = new Date(creationTime).toISOString().slice(0, 19)
  return {
    id,
    name: filename,
    metadata: { width, height, taken },
    async open() {
      const { localUri } = await MediaLibrary.getAssetInfoAsync(id, { shouldDownloadFromNetwork: false })
      return open(localUri ?? uri, width, height)
    },
  }
}
