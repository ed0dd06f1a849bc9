import { useEffect, useRef, useState } from 'react'
import { FlatList, Image, Pressable, SafeAreaView, StyleSheet, Text, TextInput } from 'react-native'
import { askForPhotos, photos } from './src/library'
import { forgetOtherModels, openSearch } from './src/open'
import type { PhotoSearch } from './src/search'

interface Found {
  id: string
  name: string
  uri: string
}

export default function App() {
  const search = useRef<PhotoSearch>(null)
  const stop = useRef<AbortController>(null)
  const [said, say] = useState('Loading the model…')
  const [busy, setBusy] = useState(false)
  const [found, show] = useState<Found[]>([])

  useEffect(() => {
    openSearch().then(
      (opened) => {
        search.current = opened
        say(`${opened.size} photographs can be searched.`)
      },
      (error) => say(error.message),
    )
    return () => void search.current?.close()
  }, [])

  async function index() {
    if (!search.current || !(await askForPhotos())) return
    stop.current = new AbortController()
    setBusy(true)
    try {
      const { signal } = stop.current
      const { added, failed } = await search.current.index(photos(), { signal, progress: (done) => say(`${done} photographs looked at`) })
      if (!signal.aborted) forgetOtherModels(search.current.model.id)
      say(`${added} added, ${failed.length} could not be read. ${search.current.size} can be searched.`)
    } catch (error) {
      say((error as Error).message)
    }
    setBusy(false)
  }

  async function find(text: string) {
    if (!search.current || !text.trim()) return
    const hits = await search.current.search([{ query: { text } }])
    show(await Promise.all(hits.map(async ({ id, source }) => ({ id, name: source, uri: picture(await search.current!.store.thumbnail(id)) }))))
  }

  return (
    <SafeAreaView style={styles.screen}>
      <TextInput style={styles.field} placeholder="A dog on a beach, un vélo rouge…" returnKeyType="search" onSubmitEditing={({ nativeEvent }) => void find(nativeEvent.text)} />
      <Text>{said}</Text>
      <Pressable accessibilityRole="button" style={styles.button} onPress={busy ? () => stop.current?.abort() : index}>
        <Text>{busy ? 'Pause' : 'Add the photographs of this phone'}</Text>
      </Pressable>
      <FlatList numColumns={3} data={found} keyExtractor={({ id }) => id} renderItem={({ item }) => <Image accessibilityLabel={item.name} style={styles.image} source={{ uri: item.uri }} />} />
    </SafeAreaView>
  )
}

function picture(jpeg?: Uint8Array): string {
  let binary = ''
  for (const byte of jpeg ?? []) binary += String.fromCharCode(byte)
  return `data:image/jpeg;base64,${btoa(binary)}`
}

const styles = StyleSheet.create({
  screen: { flex: 1, gap: 12, margin: 16 },
  field: { fontSize: 17, padding: 12, borderWidth: 1, borderRadius: 8 },
  button: { padding: 12, borderRadius: 8, borderWidth: 1, alignItems: 'center' },
  image: { flex: 1 / 3, aspectRatio: 1, margin: 2 },
})
