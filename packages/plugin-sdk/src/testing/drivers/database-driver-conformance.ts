import type { OpenDatabase } from './database-under-test.ts'
import { describe } from './suite.ts'
import { claimRules } from './user-rules/claims.ts'
import { contactRules } from './user-rules/contacts.ts'
import { keyRules } from './user-rules/keys.ts'
import { modelRules } from './user-rules/model.ts'
import { pluginStorageRules } from './user-rules/plugin-storage.ts'
import { presenceRules } from './user-rules/presence.ts'
import { removalRules } from './user-rules/removal.ts'
import { sessionRules } from './user-rules/sessions.ts'
import { transferRules } from './user-rules/transfer.ts'
import { userRules } from './user-rules/users.ts'

/**
 * What every driver of the `UserDatabase` port must do; otherwise as `queueDriverConformance`.
 *
 * @example
 * import { databaseDriverConformance } from '@secure-chat/plugin-sdk/testing'
 * import type { UserDatabase } from '@secure-chat/plugin-sdk/server'
 *
 * declare function openMyDatabase(url: string): Promise<UserDatabase>
 *
 * databaseDriverConformance('my database', async () => {
 *   const database = await openMyDatabase('mine://127.0.0.1')
 *   return { database, close: () => database.close() }
 * })
 */
export function databaseDriverConformance(name: string, open: OpenDatabase): void {
  describe(`${name}: user database`, () => {
    userRules(open)
    keyRules(open)
    sessionRules(open)
    presenceRules(open)
    contactRules(open)
    claimRules(open)
    pluginStorageRules(open)
    removalRules(open)
    transferRules(open)
    modelRules(open)
  })
}
