import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices, type Service, startMongo } from '@secure-chat/e2e/services'
import { isChatError } from '@secure-chat/protocol'
import { openMongoDatabase } from '../../../src/drivers/mongo/index.ts'
import { systemClock } from '../../../src/ops/system-clock.ts'
import type { Log, UserDatabase } from '../../../src/ports/index.ts'
import { account, codeOf, newUser, now, session } from '../user-rules/kit.ts'

jest.setTimeout(180_000)

describeWithServices('MongoDB that fails', () => {
  let folder: string
  let service: Service
  let database: UserDatabase
  let lines: string[]

  const log: Log = {
    debug: () => undefined,
    info: (_fields, text) => void lines.push(String(text)),
    warn: (_fields, text) => void lines.push(String(text)),
    error: (_fields, text) => void lines.push(String(text)),
  }

  beforeEach(async () => {
    lines = []
    folder = mkdtempSync(join(tmpdir(), 'secure-chat-mongo-'))
    service = await startMongo({ folder })
    database = await openMongoDatabase({
      url: `mongodb://${service.address}/users`,
      clock: systemClock,
      log,
    })
  })
  afterEach(async () => {
    await database.close()
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** One call of every store, and the check that `/readyz` asks for. */
  const calls = (): Promise<unknown>[] => [
    database.check(),
    database.serverId(),
    database.users.find(newUser()),
    database.users.create(account(newUser())),
    database.users.list({ limit: 9, seenSince: 0 }),
    database.users.remove(newUser()),
    database.sessions.find('00'),
    database.sessions.create(session(newUser())),
    database.sessions.revokedSince('1'),
    database.sessions.removeExpired(1),
    database.presence.seen([{ name: newUser(), at: now }]),
    database.presence.changedSince('1'),
    database.contacts.touch(newUser(), newUser(), now),
    database.blocks.list(newUser()),
    database.claims.claim(newUser(), { now, expiresAt: now + 1 }),
    database.pluginStorage.increment('p', 'n', 1, { now }),
  ]

  /** What comes first: the answer's code, or the 5 s in which every call must be answered. */
  const answered = (call: Promise<unknown>) =>
    Promise.race([codeOf(call), sleep(5000, 'no answer in 5 s', { ref: false })])

  async function recovered(): Promise<void> {
    const answers = () =>
      database.check().then(
        () => true,
        () => false,
      )
    while (!(await answers())) await sleep(100)
  }

  async function expectUnavailable(): Promise<void> {
    const codes = await Promise.all(calls().map(answered))
    expect(codes).toEqual(codes.map(() => 'database_unavailable'))
  }

  test('that is paused is answered for in 5 s, again and again, and serves again when it goes on', async () => {
    const made = account(newUser())
    await database.users.create(made)
    service.pause()
    await expectUnavailable()
    // What asks the database twice in one request has 5 s for both.
    await expectUnavailable()
    service.resume()
    await recovered()
    expect(await database.users.find(made.name)).toMatchObject({ name: made.name })
    expect(await database.users.create(account(newUser()))).toBe('created')
    expect(lines.filter((line) => line.includes('does not answer'))).toHaveLength(1)
    expect(lines.filter((line) => line.includes('answers again'))).toHaveLength(1)
  })

  test('that is gone is answered for in 5 s, and the same object serves when it is back', async () => {
    const made = account(newUser())
    await database.users.create(made)
    await service.kill()
    await expectUnavailable()
    await expectUnavailable()
    service = await startMongo({ folder })
    await recovered()
    expect(await database.users.find(made.name)).toMatchObject({ name: made.name })
    expect(await database.users.create(account(newUser()))).toBe('created')
  })

  test('says when to come again', async () => {
    service.pause()
    const error: unknown = await database.users.find(newUser()).catch((thrown: unknown) => thrown)
    expect(isChatError(error) && error.retryAfterS).toBeGreaterThan(0)
    service.resume()
  })

  test('takes a bounded number of calls into memory: one too many is refused at once', async () => {
    service.pause()
    const waiting = Array.from({ length: 5000 }, () => codeOf(database.users.find(newUser())))
    const refused = codeOf(database.users.find(newUser()))
    expect(await Promise.race([refused, ...waiting.map((each) => each.then(() => 'waited'))])).toBe(
      'database_unavailable',
    )
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['database_unavailable']))
    service.resume()
    await recovered()
  })

  test('lets the server stop while it is paused', async () => {
    service.pause()
    const call = codeOf(database.users.find(newUser()))
    await database.close()
    expect(await call).toBe('database_unavailable')
    service.resume()
  })
})
