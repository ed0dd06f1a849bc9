declare module 'libheif-js/libheif-wasm/libheif.js' {
  const load: (options: { wasmBinary: ArrayBuffer }) => any
  export default load
}

declare module '*?url' {
  const url: string
  export default url
}

declare module 'exifr/dist/lite.esm.mjs' {
  export { default } from 'exifr'
}
