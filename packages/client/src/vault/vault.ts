import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isChatError } from '@secure-chat/protocol'
import { migrate } from './migrate.ts'
import { makePrivateFile, requirePrivateFile, requirePrivateFolder } from './permissions.ts'
import { setAside } from './set-aside.ts'
import { openSqliteFile, type SqliteFile } from './sqlite.ts'
import { makeVaultLock, type VaultLock } from './vault-lock.ts'

/**
 * The SQLite file of one profile. Several processes may have it open; every write is a short transaction.
 * Values are sealed by `column` and looked up by `tag`; both throw `vault_locked` until it is unlocked.
 */
export type Vault = Omit<SqliteFile, 'exec'> &
  Omit<VaultLock, 'cipher'> & {
    readonly path: string
    /** Seals and opens one column's values as JSON; `parse` gives the type (and may check or upgrade). */
    column<T>(table: string, column: string, parse: (value: unknown) => T): SealedColumn<T>
    /** Keyed tag for looking up by equality, e.g. `tag('contact', name)`. */
    tag(domain: string, ...parts: string[]): string
  }

/** `row` is the row's primary key; a value opens only where it was sealed. */
export type SealedColumn<T> = {
  seal(row: string | number, value: T): Uint8Array
  open(row: string | number, sealed: Uint8Array): T
}

export function vaultPath(dir: string): string {
  return join(dir, 'profile.db')
}

/** Was a profile set up in this folder? */
export function vaultExists(dir: string): boolean {
  return existsSync(vaultPath(dir))
}

/**
 * Opens the profile's vault, locked; makes folder (0700) and file (0600) when missing.
 * @throws ChatError `unsafe_permissions`, `file_damaged` (the file was set aside), `file_unreadable`, `disk_full`
 */
export function openVault({ dir, now = Date.now }: { dir: string; now?: () => number }): Vault {
  const path = vaultPath(dir)
  const file = openPrivately(dir, path, now)
  const { cipher, ...lock } = makeVaultLock(file)
  return {
    ...lock,
    path,
    run: file.run,
    get: file.get,
    all: file.all,
    transaction: file.transaction,
    column: (table, column, parse) => ({
      seal(row, value) {
        const bytes = Buffer.from(JSON.stringify(value))
        return cipher().seal({ table, row: String(row), column }, bytes)
      },
      open(row, sealed) {
        const bytes = cipher().open({ table, row: String(row), column }, sealed)
        return parse(JSON.parse(bytes.toString()))
      },
    }),
    tag: (domain, ...parts) => cipher().tag(domain, ...parts),
    close() {
      lock.lock()
      file.close()
    },
  }
}

function openPrivately(dir: string, path: string, now: () => number): SqliteFile {
  requirePrivateFolder(dir)
  if (!requirePrivateFile(path)) makePrivateFile(path)
  let file: SqliteFile | undefined
  try {
    file = openSqliteFile(path)
    migrate(file, path)
    return file
  } catch (error) {
    file?.close()
    if (!isChatError(error, 'file_damaged')) throw error
    throw setAside(path, now(), error)
  }
}
