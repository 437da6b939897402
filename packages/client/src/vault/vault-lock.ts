import { randomBytes, randomUUID } from 'node:crypto'
import { ChatError, isChatError } from '@secure-chat/protocol'
import { integerOf, textOf, textOrNull } from './rows.ts'
import type { SqliteFile } from './sqlite.ts'
import { makeValueCipher, type ValueCipher } from './value-cipher.ts'
import { readWrappedKey, unwrapVaultKey, wrapVaultKey } from './vault-key.ts'

/** The vault key with the id of its vault, as it is kept outside between sign-in and sign-out. */
export type KeptKey = { vaultId: string; key: Uint8Array }

/** The lock of a vault: its key wrapped under a passphrase in the file, in the clear only in this process. */
export type VaultLock = {
  /** Random, made with the key, so that a kept key of an earlier vault is told apart; null before `create`. */
  vaultId(): string | null
  isUnlocked(): boolean
  /** Is the passphrase one of its own, rather than the account's password? */
  hasOwnPassphrase(): boolean
  /** Makes the vault key; only in a vault without one. Leaves it unlocked. */
  create(passphrase: string, options?: { isOwn?: boolean }): Promise<void>
  /** @throws ChatError `wrong_passphrase` */
  unlock(passphrase: string): Promise<void>
  /** @returns false when it is the key of another vault */
  unlockWith(kept: KeptKey): boolean
  /** Does this passphrase open it? Changes nothing. */
  opensWith(passphrase: string): Promise<boolean>
  /** Wraps the key under a new passphrase beside the present one: both open it until `settleRewrap`. */
  prepareRewrap(passphrase: string): Promise<void>
  /** Keeps the new passphrase alone, or the present one alone. */
  settleRewrap(kept: 'new' | 'present'): void
  exportKey(): KeptKey
  /** Forgets the key in this process. */
  lock(): void
  /** The cipher of the unlocked vault. @throws ChatError `vault_locked` */
  cipher(): ValueCipher
}

export function makeVaultLock(file: SqliteFile): VaultLock {
  let open: { key: Uint8Array; cipher: ValueCipher } | undefined

  const use = (key: Uint8Array): void => {
    open = { key, cipher: makeValueCipher(key) }
  }
  const row = () => file.get('SELECT * FROM vault_key')
  const vaultId = (): string | null => {
    const found = row()
    return found ? textOf(found, 'vault_id') : null
  }

  async function unwrap(passphrase: string): Promise<Buffer> {
    const found = row()
    if (!found)
      throw new ChatError('vault_locked', 'This profile has no vault key yet. Sign in first.')
    const next = textOrNull(found, 'wrapped_next')
    try {
      return await unwrapVaultKey(readWrappedKey(textOf(found, 'wrapped')), passphrase)
    } catch (error) {
      if (next === null || !isChatError(error, 'wrong_passphrase')) throw error
      return await unwrapVaultKey(readWrappedKey(next), passphrase)
    }
  }

  return {
    vaultId,
    isUnlocked: () => open !== undefined,
    hasOwnPassphrase: () =>
      integerOf(row() ?? { has_own_passphrase: 0 }, 'has_own_passphrase') === 1,
    async create(passphrase, { isOwn = false } = {}) {
      const key = randomBytes(32)
      const wrapped = JSON.stringify(await wrapVaultKey(key, passphrase))
      const { changes } = file.run(
        'INSERT OR IGNORE INTO vault_key (id, vault_id, has_own_passphrase, wrapped) VALUES (1, ?, ?, ?)',
        randomUUID(),
        isOwn ? 1 : 0,
        wrapped,
      )
      if (changes === 0) throw raced()
      use(key)
    },
    async unlock(passphrase) {
      use(await unwrap(passphrase))
    },
    unlockWith(kept) {
      if (kept.vaultId !== vaultId()) return false
      use(kept.key)
      return true
    },
    async opensWith(passphrase) {
      try {
        await unwrap(passphrase)
        return true
      } catch (error) {
        if (isChatError(error, 'wrong_passphrase')) return false
        throw error
      }
    },
    async prepareRewrap(passphrase) {
      const { key } = open ?? locked()
      const wrapped = JSON.stringify(await wrapVaultKey(key, passphrase))
      file.run('UPDATE vault_key SET wrapped_next = ?', wrapped)
    },
    settleRewrap(kept) {
      file.run(
        kept === 'new'
          ? 'UPDATE vault_key SET wrapped = wrapped_next, wrapped_next = NULL WHERE wrapped_next IS NOT NULL'
          : 'UPDATE vault_key SET wrapped_next = NULL',
      )
    },
    exportKey: () => ({ vaultId: vaultId() ?? locked(), key: (open ?? locked()).key }),
    lock() {
      open = undefined
    },
    cipher: () => (open ?? locked()).cipher,
  }
}

function locked(): never {
  throw new ChatError(
    'vault_locked',
    'The profile is locked. Sign in (secure-chat login NAME), or name a file with the passphrase in SECURE_CHAT_PASSPHRASE_FILE.',
    { suggestions: ['secure-chat login NAME'] },
  )
}

function raced(): ChatError {
  return new ChatError(
    'usage',
    'Another process is setting up this profile right now. Wait for it, or use another profile (--profile).',
  )
}
