import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ChatError, isChatError } from '@secure-chat/protocol'
import { migrate } from './migrate.ts'
import { makePrivateFile, requirePrivateFile, requirePrivateFolder } from './permissions.ts'
import { textOf } from './rows.ts'
import { setAside } from './set-aside.ts'
import { openSqliteFile, type SqliteFile } from './sqlite.ts'
import { makeValueCipher, type ValueCipher } from './value-cipher.ts'
import { readWrappedKey, unwrapVaultKey, wrapVaultKey } from './vault-key.ts'

/**
 * The SQLite file of one profile. Several processes may have it open; every write is a short transaction.
 * Values are sealed by `column`, looked up by `tag`; both throw `vault_locked` until it is unlocked.
 */
export type Vault = Omit<SqliteFile, 'exec'> & {
  readonly path: string
  /** Random id made with the vault key, so that a kept key of an earlier vault is told apart; null before `create`. */
  vaultId(): string | null
  isUnlocked(): boolean
  /** Makes the vault key and wraps it; only in a vault without one. Leaves it unlocked. */
  create(passphrase: string): Promise<void>
  /** @throws ChatError `wrong_passphrase` */
  unlock(passphrase: string): Promise<void>
  /** With the key itself, as `exportKey` gave it. @returns false when it is the key of another vault */
  unlockWith(kept: KeptKey): boolean
  /** Wraps the same vault key under a new passphrase; needs an unlocked vault. */
  rewrap(passphrase: string): Promise<void>
  exportKey(): KeptKey
  /** Forgets the key in this process. */
  lock(): void
  /** Seals and opens one column's values as JSON; `parse` gives the type (and may check or upgrade). */
  column<T>(table: string, column: string, parse: (value: unknown) => T): SealedColumn<T>
  /** Keyed tag for looking up by equality, e.g. `tag('contact', name)`. */
  tag(domain: string, ...parts: string[]): string
}

/** `row` is the row's primary key as text; a value opens only where it was sealed. */
export type SealedColumn<T> = {
  seal(row: string | number, value: T): Uint8Array
  open(row: string | number, sealed: Uint8Array): T
}

export type KeptKey = { vaultId: string; key: Uint8Array }

export type VaultOptions = { dir: string; now?: () => number }

const fileName = 'profile.db'

export function vaultPath(dir: string): string {
  return join(dir, fileName)
}

export function vaultExists(dir: string): boolean {
  return existsSync(vaultPath(dir))
}

/**
 * Opens the profile's vault, locked; makes folder (0700) and file (0600) when missing.
 * @throws ChatError `unsafe_permissions`, `file_damaged` (the file was set aside), `file_unreadable`, `disk_full`
 */
export function openVault({ dir, now = Date.now }: VaultOptions): Vault {
  const path = vaultPath(dir)
  const file = openPrivately(dir, path, now)
  let cipher: ValueCipher | undefined
  let vaultKey: Uint8Array | undefined

  const use = (key: Uint8Array): void => {
    vaultKey = key
    cipher = makeValueCipher(key)
  }
  const unlockedCipher = (): ValueCipher => cipher ?? locked()
  const unlockedKey = (): Uint8Array => vaultKey ?? locked()
  const keyRow = () => file.get('SELECT vault_id, wrapped FROM vault_key')
  const vaultId = (): string | null => {
    const row = keyRow()
    return row ? textOf(row, 'vault_id') : null
  }

  return {
    path,
    run: file.run,
    get: file.get,
    all: file.all,
    transaction: file.transaction,
    vaultId,
    isUnlocked: () => cipher !== undefined,
    async create(passphrase) {
      const key = randomBytes(32)
      const wrapped = JSON.stringify(await wrapVaultKey(key, passphrase))
      file.run(
        'INSERT INTO vault_key (id, vault_id, wrapped) VALUES (1, ?, ?)',
        randomUUID(),
        wrapped,
      )
      use(key)
    },
    async unlock(passphrase) {
      const row = keyRow()
      if (!row) throw new ChatError('no_private_key', 'This profile has no vault key yet.')
      use(await unwrapVaultKey(readWrappedKey(textOf(row, 'wrapped')), passphrase))
    },
    unlockWith(kept) {
      if (kept.vaultId !== vaultId()) return false
      use(kept.key)
      return true
    },
    async rewrap(passphrase) {
      const wrapped = JSON.stringify(await wrapVaultKey(unlockedKey(), passphrase))
      file.run('UPDATE vault_key SET wrapped = ?', wrapped)
    },
    exportKey: () => ({ vaultId: vaultId() ?? locked(), key: unlockedKey() }),
    lock() {
      cipher = undefined
      vaultKey = undefined
    },
    column: (table, column, parse) => ({
      seal: (row, value) =>
        unlockedCipher().seal(
          { table, row: String(row), column },
          Buffer.from(JSON.stringify(value)),
        ),
      open(row, sealed) {
        const bytes = unlockedCipher().open({ table, row: String(row), column }, sealed)
        return parse(JSON.parse(bytes.toString()))
      },
    }),
    tag: (domain, ...parts) => unlockedCipher().tag(domain, ...parts),
    close() {
      cipher = undefined
      vaultKey = undefined
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

function locked(): never {
  throw new ChatError(
    'vault_locked',
    'The profile is locked. Sign in (`secure-chat login NAME`), or give the passphrase in SECURE_CHAT_PASSPHRASE_FILE.',
  )
}
