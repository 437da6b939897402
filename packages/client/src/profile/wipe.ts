import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { forgetKey } from '../vault/kept-key.ts'
import type { ProfileOptions } from './options.ts'
import { openProfileVault } from './unlock.ts'

/**
 * Removes the profile's data from this computer. The wrapped vault key goes first and is overwritten, so that even
 * what a disk keeps of removed files opens with nothing.
 */
export function wipeProfile(options: ProfileOptions): void {
  forgetKey(options)
  const vault = openProfileVault(options)
  try {
    vault.run('DELETE FROM vault_key')
    vault.get('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    vault.close()
  }
  for (const name of readdirSync(options.dir)) {
    if (name.startsWith('profile.db')) rmSync(join(options.dir, name), { force: true })
  }
  if (readdirSync(options.dir).length === 0) rmdirSync(options.dir)
}
