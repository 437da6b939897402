import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { isChatError, parseUserName } from '@secure-chat/protocol'
import { makeOnceOnly } from '../../../src/domain/accounts/once-only.ts'
import { openSqliteDatabase } from '../../../src/drivers/sqlite/index.ts'
import { makeVirtualClock } from '../../../src/virtual-clock.ts'

test('a proof claimed by one node is refused by another on the same database, for as long as it could be replayed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-claims-'))
  const clock = makeVirtualClock()
  const database = await openSqliteDatabase({ dir, clock })
  try {
    const session = {
      sidHash: 'a'.repeat(64),
      sessionId: 'a'.repeat(16),
      user: parseUserName('alice'),
      createdAt: 0,
    }
    const [here, there] = [database, database].map(({ claims }) => makeOnceOnly({ claims, clock }))
    const isReplay = (error: unknown) => isChatError(error, 'token_replayed')
    await here?.(session, 'nonce')
    await clock.advance(239_000)
    await expect(there?.(session, 'nonce').catch(isReplay)).resolves.toBe(true)
    await expect(there?.(session, 'another')).resolves.toBeUndefined()
  } finally {
    await database.close()
    rmSync(dir, { recursive: true, force: true })
  }
})
