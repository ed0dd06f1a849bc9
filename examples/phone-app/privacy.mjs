/**
 * Take from the projects of Android and iOS what lets data leave the phone; run it after `cap add` and `cap sync`.
 *
 * Android: no permission for the network, so the system itself refuses every connection, and no backup to a cloud.
 * iOS: the sentence shown before the camera opens, without which the app would be ended at that moment.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MANIFEST = 'android/app/src/main/AndroidManifest.xml'
const INFO = 'ios/App/App/Info.plist'
const CAMERA = 'A photograph that you take is searched with, on this phone.'

export function privateManifest(xml) {
  const offline = xml.replace(/\s*<uses-permission android:name="android\.permission\.INTERNET" \/>/, '')
  const kept = offline.replace('android:allowBackup="true"', 'android:allowBackup="false"')
  if (/permission\.INTERNET/.test(kept) || !/allowBackup="false"/.test(kept)) {
    throw new Error(`${MANIFEST} is not as expected: remove the permission INTERNET, and set allowBackup to false`)
  }
  return kept
}

export function describedInfo(plist) {
  if (plist.includes('NSCameraUsageDescription')) return plist
  const entry = `\t<key>NSCameraUsageDescription</key>\n\t<string>${CAMERA}</string>\n`
  const end = plist.lastIndexOf('</dict>')
  if (end < 0) throw new Error(`${INFO} is not as expected: add NSCameraUsageDescription`)
  return plist.slice(0, end) + entry + plist.slice(end)
}

function edit(file, change) {
  if (existsSync(file)) writeFileSync(file, change(readFileSync(file, 'utf8')))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  edit(MANIFEST, privateManifest)
  edit(INFO, describedInfo)
}
