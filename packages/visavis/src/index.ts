/**
 * Encode images and texts, and search them.
 *
 * @module visavis
 */
export type { Port, RemoteModelOptions } from './calls.ts'
export { Collection, type CollectionOptions, type Hit, type Item, type Modality, type SearchOptions, type VectorSpace } from './collection.ts'
export { CollectionError, ModelError, QueryError, VisavisError } from './errors.ts'
export { type Condition, type Filterable, parseCondition } from './filters.ts'
export { type Fusion, type WeightedVector } from './fusion.ts'
export { importCollection, type ImportOptions, type ImportSource } from './importing.ts'
export { type Box, type Encoder, type ImageInput, loadModel, Model, type ModelOptions, type Runtime, type WasmPaths } from './model.ts'
export type { Interpolation, ModelInfo, Network, Preprocessing } from './modelInfo.ts'
export { remote, type Remote } from './remote.ts'
export { type Pixels, resize } from './resize.ts'
