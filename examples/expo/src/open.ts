/** The search of this app: the model in its assets, the collection in its documents. */

import { Asset } from 'expo-asset'
import { Directory, File, Paths } from 'expo-file-system'
import * as onnxruntime from 'onnxruntime-react-native'
import { fileLog } from './fileLog'
import { PhotoSearch } from './search'

const NETWORKS: Record<string, number> = {
  'image.onnx': require('../assets/model/image.onnx'),
  'text.onnx': require('../assets/model/text.onnx'),
}
const DOCUMENTS: Record<string, unknown> = {
  'model.json': require('../assets/model/model.json'),
  'tokenizer.json': require('../assets/model/tokenizer.json'),
}
const ENDING = '.visavis'

export async function openSearch(): Promise<PhotoSearch> {
  return PhotoSearch.open({ read, runtime: onnxruntime as any, openLog: (modelId) => fileLog(fileOf(modelId)) })
}

/** Delete what other models have left, once the collection of this one is complete. */
export function forgetOtherModels(modelId: string): void {
  const own = fileOf(modelId).name
  for (const entry of new Directory(Paths.document).list()) {
    if (entry instanceof File && entry.name.endsWith(ENDING) && entry.name !== own) entry.delete()
  }
}

/** Each model has a file of its own: vectors of two models cannot be compared. */
function fileOf(modelId: string): File {
  return new File(Paths.document, modelId.replace(/[^\w.-]/g, '_') + ENDING)
}

async function read(name: string): Promise<Uint8Array> {
  if (name in DOCUMENTS) return new TextEncoder().encode(JSON.stringify(DOCUMENTS[name]))
  const asset = await Asset.fromModule(NETWORKS[name]).downloadAsync() // from the app itself
  return new File(asset.localUri!).bytes()
}
