import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Account } from '@secure-chat/client'

export type Exported = {
  readonly file: string
  readonly messages: number
  readonly contacts: number
}

/**
 * Everything readable of the account, one object a line, for its owner alone: file 0600, a new folder 0700.
 *
 * @throws EEXIST when an export is there already: nothing is overwritten
 */
export function exportAccount(folder: string, account: Pick<Account, 'export'>): Exported {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'account.ndjson')
  const handle = openSync(file, 'wx', 0o600)
  const counts = { account: 0, contact: 0, message: 0 }
  try {
    for (const line of account.export()) {
      writeSync(handle, `${JSON.stringify(line)}\n`)
      counts[line.type] += 1
    }
  } finally {
    closeSync(handle)
  }
  return { file, messages: counts.message, contacts: counts.contact }
}
