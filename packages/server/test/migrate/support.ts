import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChatError, type UserName } from '@secure-chat/protocol'
import { openSqliteDatabase, openSqliteQueue } from '../../src/drivers/sqlite/index.ts'
import type { Engines, Progress } from '../../src/migrate/index.ts'
import { record } from '../drivers/queue-rules/kit.ts'
import { testClock } from '../drivers/sqlite/test-clock.ts'
import { account, newFingerprint, now, session } from '../drivers/user-rules/kit.ts'

const opened: Array<() => Promise<void>> = []

/** For `afterEach`. */
export async function closeEngines(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close()
}

export const clock = testClock(now)

/** Closes them after the test. */
export function closeLater(close: () => Promise<void>): void {
  opened.push(close)
}

/** Embedded engines in a folder of their own. */
export async function newEngines(): Promise<Engines> {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-migrate-'))
  const database = await openSqliteDatabase({ dir, clock })
  const queue = await openSqliteQueue({ dir, clock })
  opened.push(async () => {
    await database.close()
    await queue.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return { database, queue }
}

export const people = peopleOf('')

/** In the order of their names. The ending keeps those apart who share a broker. */
export function peopleOf(ending: string): UserName[] {
  return ['ann', 'ben', 'cyn-2', 'cyn_1', 'dee'].map((name) => `${name}${ending}` as UserName)
}

/** Something of everything a server keeps; `dee` has an empty mailbox. */
export async function live(
  { database, queue }: Engines,
  messages = 40,
  names = people,
): Promise<void> {
  const [ann, ben] = names as [UserName, UserName]
  const gone = `gone-${ann}` as UserName
  const { users, sessions, presence, contacts, blocks, claims, pluginStorage } = database
  for (const name of [...names, gone]) {
    await users.create(account(name))
    await queue.createMailbox(name)
  }
  await users.remove(gone)
  await queue.removeMailbox(gone)
  await users.setSuspended(ben, true)
  for (let seq = 0; seq < 3; seq += 1) {
    await users.changeKey(ann, {
      expectedSeq: seq,
      publicKey: `key ${seq + 1}`,
      fingerprint: newFingerprint(),
      at: now,
      proof: seq === 1 ? null : { payload: 'e30', signatures: [{ seq }] },
    })
  }
  for (const name of names) {
    await sessions.create(session(name))
    await presence.set(name, { state: 'away', text: null, at: now })
  }
  await sessions.create(session(ann, { expiresAt: now - 1 }))
  await contacts.touch(ann, ben, now)
  await blocks.add(ben, ann)
  await claims.claim('nonce', { now, expiresAt: now + 1000 })
  await pluginStorage.set('slow-mode', 'ann', { until: [now] }, undefined)
  for (const name of names.slice(0, -1)) {
    await queue.enqueueAll(
      Array.from({ length: messages }, (_, index) => ({
        user: name,
        record: record(`${name} ${index}`, index % 3 ? {} : { meta: { b: '1', a: String(index) } }),
      })),
    )
  }
}

/** A migration of these two, which can be interrupted. */
export function between(
  source: Engines,
  target: Engines,
  onProgress: (progress: Progress, stop: () => void) => void = () => undefined,
) {
  const controller = new AbortController()
  const stop = () => controller.abort(new ChatError('interrupted', 'The test stopped it.'))
  return {
    source,
    target,
    targetKeepsMs: 30 * 86_400_000,
    clock,
    signal: controller.signal,
    onProgress: (progress: Progress) => onProgress(progress, stop),
  }
}
