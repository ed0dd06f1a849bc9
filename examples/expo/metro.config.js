const { getDefaultConfig } = require('expo/metro-config')

const config = getDefaultConfig(__dirname)
config.resolver.assetExts.push('onnx')

/** The package imports these only where there is no injected runtime: in Node and in browsers. */
const ELSEWHERE = /^(onnxruntime-node|onnxruntime-web\/wasm|node:.*)$/
config.resolver.resolveRequest = (context, name, platform) =>
  ELSEWHERE.test(name) ? { type: 'empty' } : context.resolveRequest(context, name, platform)

module.exports = config
