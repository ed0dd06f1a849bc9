/**
 * Let React Native link ONNX Runtime: up to 1.24 it has a file that makes Expo 54 and 55 take it for a module of Expo's, and
 * leave it out, so that the app ends with "Cannot read property 'install' of null" (microsoft/onnxruntime#29004).
 */

import { rmSync } from 'node:fs'

rmSync(new URL('node_modules/onnxruntime-react-native/unimodule.json', import.meta.url), { force: true })
