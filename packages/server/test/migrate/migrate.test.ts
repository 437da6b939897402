import { afterEach, describe, expect, test } from '@jest/globals'
import { ChatError, type UserName } from '@secure-chat/protocol'
import { compare, type Engines, migrate, refuseUnfinished } from '../../src/migrate/index.ts'
import { codeOf, expireAll, readAll, record } from '../drivers/queue-rules/kit.ts'
import { account, now, session } from '../drivers/user-rules/kit.ts'
import { between, clock, closeEngines, live, newEngines, people } from './support.ts'

afterEach(closeEngines)

const [ann, ben, cyn] = people as [UserName, UserName, UserName]

async function pair(): Promise<{ source: Engines; target: Engines }> {
  const [source, target] = [await newEngines(), await newEngines()]
  await live(source)
  return { source, target }
}

async function messagesOf({ queue }: Engines, user: UserName): Promise<string[]> {
  return (await readAll(queue, user)).map(({ message }) => message)
}

describe('a migration', () => {
  test('copies everything: both sides have the same counts and hashes', async () => {
    const { source, target } = await pair()
    const report = await migrate(between(source, target))
    expect(report.isEqual).toBe(true)
    expect(report.differing).toEqual([])
    expect(report.messages).toEqual({ source: 160, target: 160 })
    const counts = Object.fromEntries(
      report.tables.map(({ what, source, target }) => [what, [source.count, target.count]]),
    )
    expect(counts).toEqual({
      serverId: [1, 1],
      users: [5, 5],
      removedNames: [1, 1],
      keyChanges: [3, 3],
      sessions: [5, 5],
      presence: [5, 5],
      contacts: [2, 2],
      blocks: [1, 1],
      claims: [1, 1],
      pluginValues: [1, 1],
      mailboxes: [5, 5],
    })
    for (const { source, target } of report.tables) expect(source.hash).toBe(target.hash)
  })

  test('keeps every mailbox, its order and what its records say', async () => {
    const { source, target } = await pair()
    await migrate(between(source, target))
    for (const name of people) {
      expect(await readAll(target.queue, name)).toEqual(await readAll(source.queue, name))
    }
    expect(await target.database.serverId()).toBe(await source.database.serverId())
    expect(await target.database.users.keyChanges(ann, 20)).toEqual(
      await source.database.users.keyChanges(ann, 20),
    )
  })

  test('changes nothing at the source, and nothing when it is done again', async () => {
    const { source, target } = await pair()
    const first = await migrate(between(source, target))
    expect(await migrate(between(source, target))).toEqual(first)
    expect(await messagesOf(target, ann)).toHaveLength(40)
  })

  test.each([0, 1, 3, 7, 12, 20, 26, 30, 33, 40])(
    'interrupted at its step %i goes on when it is run again',
    async (last) => {
      const { source, target } = await pair()
      let step = 0
      const interrupted = migrate(
        between(source, target, (_, stop) => {
          if (step === last) stop()
          step += 1
        }),
      )
      expect(await codeOf(interrupted)).toBe('interrupted')
      expect(await codeOf(refuseUnfinished(target.database, now))).toBe('config_invalid')
      expect((await migrate(between(source, target))).isEqual).toBe(true)
      for (const name of people) {
        expect(await messagesOf(target, name)).toEqual(await messagesOf(source, name))
      }
      await expect(refuseUnfinished(target.database, now)).resolves.toBeUndefined()
    },
  )

  test('follows what happened at the source between two runs', async () => {
    const { source, target } = await pair()
    await migrateAlmost(source, target)
    const { users, sessions, blocks } = source.database
    await users.remove(cyn)
    await source.queue.removeMailbox(cyn)
    await sessions.removeByUser(ben, { now })
    await blocks.remove(ben, ann)
    await users.create(account('eve' as UserName))
    await source.queue.enqueue(ann, record('later'))
    expect((await migrate(between(source, target))).isEqual).toBe(true)
    expect(await target.database.sessions.listByUser(ben, now)).toEqual([])
    expect(await target.database.users.create(account(cyn))).toBe('taken')
    expect(await messagesOf(target, cyn)).toEqual([])
    expect((await messagesOf(target, ann)).at(-1)).toBe('later')
  })

  test('goes on behind what the source has expired since', async () => {
    const { source, target } = await pair()
    await migrateAlmost(source, target)
    await source.queue.enqueue(ann, record('later'))
    await expireAll(source.queue, { before: 0, maxBytes: 2000 })
    const left = await messagesOf(source, ann)
    expect(left.length).toBeGreaterThan(1)
    expect(left.length).toBeLessThan(20)
    const report = await migrate(between(source, target))
    expect(report.isEqual).toBe(true)
    expect(report.messages.target).toBe(report.messages.source)
    expect(await messagesOf(target, ann)).toEqual([
      ...Array.from({ length: 40 }, (_, index) => `ann ${index}`),
      'later',
    ])
  })

  test('reads on when the source expires what it is about to read', async () => {
    const { source, target } = await pair()
    await source.queue.enqueueAll(
      Array.from({ length: 1200 }, (_, index) => ({ user: ben, record: record(`more ${index}`) })),
    )
    let reads = 0
    const late = {
      ...source.queue,
      async read(...args: Parameters<typeof source.queue.read>) {
        if (args[0] === ben) reads += 1
        // The first page is read before anything goes, the second finds its cursor expired.
        if (reads === 2) await expireAll(source.queue, { before: 0, maxBytes: 50_000 })
        return source.queue.read(...args)
      },
    }
    const run = between({ ...source, queue: late }, target)
    const report = await migrate(run)
    expect(report.isEqual).toBe(true)
    expect((await messagesOf(target, ben)).slice(-1)).toEqual(['more 1199'])
  })

  test('moves the queue alone between servers that keep their database', async () => {
    const source = await newEngines()
    await live(source)
    const { queue } = await newEngines()
    const target = { database: source.database, queue }
    const report = await migrate(between(source, target))
    expect(report).toMatchObject({ isEqual: true, messages: { source: 160, target: 160 } })
    expect(report.tables.map(({ what }) => what)).toEqual(['mailboxes'])
    await expect(refuseUnfinished(source.database, now)).resolves.toBeUndefined()
  })

  test('moves the database alone between servers that keep their queue', async () => {
    const source = await newEngines()
    await live(source)
    const { database } = await newEngines()
    const report = await migrate(between(source, { database, queue: source.queue }))
    expect(report.isEqual).toBe(true)
    expect(report.tables.map(({ what }) => what)).not.toContain('mailboxes')
    expect(await database.users.find(ann)).toEqual(await source.database.users.find(ann))
  })

  test('that fails on the way leaves nothing out of order behind, and goes on', async () => {
    const { source, target } = await pair()
    let calls = 0
    const failing = {
      ...target.queue,
      async enqueueAll(entries: Parameters<typeof target.queue.enqueueAll>[0]) {
        calls += 1
        if (calls === 2) throw new ChatError('queue_unavailable', 'The test broke it.')
        return target.queue.enqueueAll(entries)
      },
    }
    const run = between(source, { ...target, queue: failing })
    expect(await codeOf(migrate(run))).toBe('queue_unavailable')
    expect((await migrate(between(source, target))).isEqual).toBe(true)
    for (const name of people) {
      expect(await messagesOf(target, name)).toEqual(await messagesOf(source, name))
    }
  })
})

describe('a target is refused and left as it is', () => {
  test('when it holds accounts of another server', async () => {
    const { source, target } = await pair()
    await target.database.users.create(account('zoe' as UserName))
    expect(await codeOf(migrate(between(source, target)))).toBe('usage')
    expect(await target.database.users.list({ limit: 9 })).toEqual(['zoe'])
    expect(await target.database.serverId()).not.toBe(await source.database.serverId())
  })

  test('when it is an unfinished copy of another server', async () => {
    const { source, target } = await pair()
    const other = await newEngines()
    await live(other, 2)
    await migrateAlmost(other, target)
    expect(await codeOf(migrate(between(source, target)))).toBe('usage')
    expect(await messagesOf(target, ann)).toHaveLength(2)
  })

  test('when it is a finished copy that has been in use since', async () => {
    const { source, target } = await pair()
    await migrate(between(source, target))
    await target.database.users.create(account('eve' as UserName))
    await target.queue.enqueue(ann, record('on the new engine'))
    expect(await codeOf(migrate(between(source, target)))).toBe('usage')
    expect(await target.database.users.find('eve' as UserName)).toBeDefined()
    expect((await messagesOf(target, ann)).at(-1)).toBe('on the new engine')
  })

  test('when a mailbox of it holds other messages, which it names', async () => {
    const { source, target } = await pair()
    await target.queue.enqueue(cyn, record('of somebody else'))
    const refusal = await migrate(between(source, target)).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'usage' })
    expect(String(refusal)).toContain(cyn)
    expect(await messagesOf(target, cyn)).toEqual(['of somebody else'])
  })

  test('when a mailbox of it goes on where the source ends', async () => {
    const { source, target } = await pair()
    await migrateAlmost(source, target)
    await target.queue.enqueue(cyn, record('on the new engine'))
    expect(await codeOf(migrate(between(source, target)))).toBe('usage')
  })

  test('when the source is itself unfinished', async () => {
    const { source, target } = await pair()
    await migrateAlmost(source, target)
    expect(await codeOf(migrate(between(target, await newEngines())))).toBe('usage')
  })
})

describe('a comparison', () => {
  test('names what differs and changes nothing', async () => {
    const { source, target } = await pair()
    await migrate(between(source, target))
    await target.database.sessions.create(session(ann))
    await target.database.blocks.remove(ben, ann)
    await source.queue.enqueue(ben, record('not copied'))
    await target.queue.enqueue(cyn, record('of somebody else'))
    const seen: string[] = []
    const report = await compare({
      ...between(source, target),
      onMailbox: ({ what }) => seen.push(what),
    })
    expect(report.isEqual).toBe(false)
    const differing = report.tables.filter(({ difference }) => difference !== undefined)
    expect(differing.map(({ what }) => what)).toEqual(['sessions', 'blocks', 'mailboxes'])
    expect(report.differing.map(({ what, difference }) => [what, difference])).toEqual([
      [ben, '1 not copied'],
      [cyn, 'differs from record 41 on'],
    ])
    expect(seen).toEqual(people)
    expect(await messagesOf(target, ben)).toHaveLength(40)
  })

  test('tells one changed bit of a record from the same number of records', async () => {
    const [source, target] = [await newEngines(), await newEngines()]
    await source.database.users.create(account(ann))
    await migrate(between(source, target))
    const records = ['a', 'b', 'c'].map((text) => record(text))
    for (const each of records) await source.queue.enqueue(ann, each)
    for (const each of records) {
      await target.queue.enqueue(ann, each.message === 'b' ? { ...each, message: 'B' } : each)
    }
    const report = await compare(between(source, target))
    expect(report.messages).toEqual({ source: 3, target: 3 })
    expect(report.differing[0]?.difference).toBe('differs from record 2 on')
  })

  test('takes what the target has removed by its own retention for what it is, and nothing else', async () => {
    const old = (text: string) =>
      record(text, { timestamp: new Date(now - 31 * 86_400_000).toISOString() })
    const young = (text: string) => record(text, { timestamp: new Date(now - 1000).toISOString() })
    const cases = [
      { kept: [], gone: [old('1'), old('2')], difference: undefined },
      { kept: [young('3')], gone: [old('1'), old('2')], difference: undefined },
      { kept: [], gone: [old('1'), young('2')], difference: '2 not copied' },
      {
        kept: [young('3')],
        gone: [old('1'), young('2')],
        difference: 'the target has removed 2 that it was to keep',
      },
    ]
    for (const { kept, gone, difference } of cases) {
      const [source, target] = [await newEngines(), await newEngines()]
      await source.database.users.create(account(ann))
      await migrate(between(source, target))
      await source.queue.enqueueAll([...gone, ...kept].map((each) => ({ user: ann, record: each })))
      await target.queue.enqueueAll(kept.map((each) => ({ user: ann, record: each })))
      const report = await compare(between(source, target))
      expect([report.isEqual, report.differing[0]?.difference]).toEqual([
        difference === undefined,
        difference,
      ])
      if (difference === undefined) {
        expect(report.messages).toEqual({ source: kept.length, target: kept.length })
      }
    }
  })

  test('does not count what one side has cleared away because it expired meanwhile', async () => {
    const { source, target } = await pair()
    await migrate(between(source, target))
    await target.database.sessions.removeByUser(ann, { now })
    expect((await compare(between(source, target))).isEqual).toBe(false)
    clock.advance(1000)
    expect((await compare(between(source, target))).isEqual).toBe(true)
  })
})

/** Everything is copied, but it ends before it knows that. */
async function migrateAlmost(source: Engines, target: Engines): Promise<void> {
  const run = migrate(
    between(source, target, ({ step }, stop) => {
      if (step === 'comparing') stop()
    }),
  )
  expect(await codeOf(run)).toBe('interrupted')
}
