import { createHash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fromBase64Url } from '@secure-chat/protocol'
import { onFile, requirePrivateFile, requirePrivateFolder } from './permissions.ts'
import type { KeptKey } from './vault-lock.ts'

/** Where a profile's vault key is kept between sign-in and sign-out. */
export type KeptKeyPlace = { dir: string; runtimeDir?: string | undefined }

/**
 * Keeps the key in the runtime folder (in memory, gone at the end of the login session), or with `remember`
 * beside the data. @returns false when there is no place for it: the passphrase is asked for each time then
 */
export function keepKey(place: KeptKeyPlace, kept: KeptKey, remember: boolean): boolean {
  forgetKey(place)
  const path = remember ? besideData(place) : inRuntime(place)
  if (path === undefined) return false
  if (!remember && place.runtimeDir !== undefined) requirePrivateFolder(place.runtimeDir)
  const text = JSON.stringify({
    v: 1,
    vault_id: kept.vaultId,
    key: Buffer.from(kept.key).toString('base64url'),
  })
  // Renamed into place, so that another process never reads half of it.
  const draft = `${path}.${process.pid}`
  onFile(path, () => {
    writeFileSync(draft, text, { mode: 0o600, flag: 'w' })
    renameSync(draft, path)
  })
  return true
}

/** @returns undefined when none is kept, or what is kept is none (it is removed by the next sign-in) */
export function readKeptKey(place: KeptKeyPlace): KeptKey | undefined {
  for (const path of [inRuntime(place), besideData(place)]) {
    if (path === undefined || !requirePrivateFile(path)) continue
    requirePrivateFolder(dirname(path))
    const kept = parse(onFile(path, () => readFileSync(path, 'utf8')))
    if (kept) return kept
  }
  return undefined
}

export function forgetKey(place: KeptKeyPlace): void {
  for (const path of [inRuntime(place), besideData(place)]) {
    if (path !== undefined) onFile(path, () => rmSync(path, { force: true }))
  }
}

function besideData({ dir }: KeptKeyPlace): string {
  return join(dir, 'vault.key')
}

/** One file a profile: two profiles of the same name in different folders must not meet here. */
function inRuntime({ dir, runtimeDir }: KeptKeyPlace): string | undefined {
  if (runtimeDir === undefined) return undefined
  const name = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 32)
  return join(runtimeDir, `${name}.key`)
}

function parse(text: string): KeptKey | undefined {
  try {
    const { v, vault_id: vaultId, key } = JSON.parse(text)
    const bytes = typeof key === 'string' ? fromBase64Url(key) : undefined
    if (v !== 1 || typeof vaultId !== 'string' || bytes?.length !== 32) return undefined
    return { vaultId, key: bytes }
  } catch {
    return undefined
  }
}
