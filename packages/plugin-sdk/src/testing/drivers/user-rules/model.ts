import type { PresenceState, UserName } from '@secure-chat/protocol'
import type fc from 'fast-check'
import type { UserDatabase } from '../../../server/index.ts'
import type { OpenDatabase } from '../database-under-test.ts'
import { expect, test } from '../suite.ts'
import { account, newFingerprint, newUser, now, runs } from './kit.ts'

/** What a user must look like; `removed` ones keep their name and nothing else. */
type Kept = {
  hash: string
  seq: number
  keys: string[]
  isSuspended: boolean
  presence: { state: PresenceState; at: number } | undefined
  contacts: Map<number, number>
  blocked: Set<number>
}
type Model = { readonly users: Array<Kept | 'removed' | undefined> }
type Real = {
  database: UserDatabase
  readonly reopen: (() => Promise<UserDatabase>) | undefined
  readonly names: readonly UserName[]
}
type Command = fc.AsyncCommand<Model, Real>

const count = 4
const states: readonly PresenceState[] = ['online', 'away', 'busy', 'offline']
const always = () => true

/** A command on one user; the model's user is there, or it is not checked at all. */
function onUser(
  who: number,
  what: string,
  run: (kept: Kept, name: UserName, database: UserDatabase) => Promise<void>,
): Command {
  return {
    check: ({ users }) => typeof users[who] === 'object',
    async run({ users }, { database, names }) {
      const kept = users[who]
      const name = names[who]
      if (typeof kept === 'object' && name) await run(kept, name, database)
    },
    toString: () => `${what}(${who})`,
  }
}

const create = (who: number): Command => ({
  check: always,
  async run(model, { database, names }) {
    const made = account(names[who] ?? newUser())
    const answer = await database.users.create(made)
    expect(answer).toBe(model.users[who] === undefined ? 'created' : 'taken')
    model.users[who] ??= {
      hash: made.passwordHash,
      seq: 0,
      keys: [made.publicKey],
      isSuspended: false,
      presence: undefined,
      contacts: new Map(),
      blocked: new Set(),
    }
  },
  toString: () => `create(${who})`,
})

const changeKey = (who: number, expectedSeq: number): Command =>
  onUser(who, `changeKey to ${expectedSeq + 1} `, async (kept, name, { users }) => {
    const publicKey = `key ${kept.keys.length}`
    const change = {
      expectedSeq,
      publicKey,
      fingerprint: newFingerprint(),
      at: now,
      proof: { expectedSeq },
    }
    expect(await users.changeKey(name, change)).toBe(
      expectedSeq === kept.seq ? 'changed' : 'conflict',
    )
    if (expectedSeq !== kept.seq) return
    kept.seq += 1
    kept.keys.push(publicKey)
  })

const setPresence = (who: number, state: PresenceState, at: number): Command =>
  onUser(who, `${state} at ${at} `, async (kept, name, { presence }) => {
    await presence.set(name, { state, text: null, at })
    kept.presence = { state, at: Math.max(at, kept.presence?.at ?? 0) }
  })

const see = (who: number, at: number): Command =>
  onUser(who, `seen at ${at} `, async (kept, name, { presence }) => {
    await presence.seen([{ name, at }])
    const { state = 'online', at: before = 0 } = kept.presence ?? {}
    kept.presence = { state, at: Math.max(at, before) }
  })

const meet = (a: number, b: number, at: number): Command => ({
  check: ({ users }) => a !== b && typeof users[a] === 'object' && typeof users[b] === 'object',
  async run({ users }, { database, names }) {
    await database.contacts.touch(names[a] ?? newUser(), names[b] ?? newUser(), at)
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const kept = users[one]
      if (typeof kept === 'object')
        kept.contacts.set(other, Math.max(at, kept.contacts.get(other) ?? 0))
    }
  },
  toString: () => `meet(${a}, ${b}, ${at})`,
})

const block = (a: number, b: number, isBlocked: boolean): Command => ({
  check: ({ users }) => a !== b && typeof users[a] === 'object' && typeof users[b] === 'object',
  async run({ users }, { database, names }) {
    const kept = users[a]
    const [name = newUser(), other = newUser()] = [names[a], names[b]]
    await (isBlocked ? database.blocks.add(name, other) : database.blocks.remove(name, other))
    if (typeof kept === 'object') kept.blocked[isBlocked ? 'add' : 'delete'](b)
  },
  toString: () => `${isBlocked ? 'block' : 'unblock'}(${a}, ${b})`,
})

const suspend = (who: number, isSuspended: boolean): Command =>
  onUser(who, isSuspended ? 'suspend' : 'resume', async (kept, name, { users }) => {
    await users.setSuspended(name, isSuspended)
    kept.isSuspended = isSuspended
  })

const remove = (who: number): Command => ({
  check: always,
  async run(model, { database, names }) {
    await database.users.remove(names[who] ?? newUser())
    if (model.users[who] === undefined) return
    model.users[who] = 'removed'
    for (const kept of model.users) {
      if (typeof kept !== 'object') continue
      kept.contacts.delete(who)
      kept.blocked.delete(who)
    }
  },
  toString: () => `remove(${who})`,
})

const reopen = (): Command => ({
  check: always,
  async run(_model, real) {
    if (real.reopen) real.database = await real.reopen()
  },
  toString: () => 'reopen',
})

/** Compares everything that can be asked about everybody. */
const compare = (since: number): Command => ({
  check: always,
  async run({ users }, { database, names }) {
    const sorted = (who: Iterable<number>) => [...who].map((each) => names[each]).toSorted()
    for (const [who, name] of names.entries()) {
      const user = users[who]
      const kept = typeof user === 'object' ? user : undefined
      const found = await database.users.find(name)
      expect(found && [found.passwordHash, found.seq, found.publicKey, found.isSuspended]).toEqual(
        kept && [kept.hash, kept.seq, kept.keys.at(-1), kept.isSuspended],
      )
      const changes = await database.users.keyChanges(name, 3)
      const expected = (kept?.keys ?? []).slice(1).map((newKey, index) => [index + 1, newKey])
      expect(changes.map(({ seq, newKey }) => [seq, newKey])).toEqual(expected.slice(-3))
      const [row] = await database.presence.find([name])
      expect(row && { state: row.state, at: row.lastSeenAt }).toEqual(kept?.presence)
      const contacts = [...(kept?.contacts ?? [])].filter(([, at]) => at >= since)
      expect(await database.contacts.list(name, since)).toEqual(
        sorted(contacts.map(([other]) => other)),
      )
      expect(await database.blocks.list(name)).toEqual(sorted(kept?.blocked ?? []))
      const isPresent =
        kept?.presence && kept.presence.state !== 'offline' && kept.presence.at >= since
      expect(await database.users.list({ prefix: name, limit: 9 })).toEqual(kept ? [name] : [])
      expect(await database.users.list({ prefix: name, limit: 9, seenSince: since })).toEqual(
        isPresent ? [name] : [],
      )
    }
  },
  toString: () => `compare(${since})`,
})

export function modelRules(open: OpenDatabase): void {
  test('does what a list of users would do, whatever is asked of it in whatever order', async () => {
    const { default: fc } = await import('fast-check')
    const opened = await open()
    const who = fc.nat(count - 1)
    const at = fc.integer({ min: now, max: now + 5 })
    const state = fc.constantFrom(...states)
    const commands = fc.commands(
      [
        who.map(create),
        fc.tuple(who, fc.nat(2)).map((o) => changeKey(...o)),
        fc.tuple(who, state, at).map((o) => setPresence(...o)),
        fc.tuple(who, at).map((o) => see(...o)),
        fc.tuple(who, who, at).map((o) => meet(...o)),
        fc.tuple(who, who, fc.boolean()).map((o) => block(...o)),
        fc.tuple(who, fc.boolean()).map((o) => suspend(...o)),
        who.map(remove),
        at.map(compare),
        fc.constant(reopen()),
      ],
      { maxCommands: 60 },
    )
    const real = { database: opened.database, reopen: opened.reopen }
    await fc.assert(
      fc.asyncProperty(commands, async (run) => {
        // Registered first, so that most of what follows finds somebody.
        const names = Array.from({ length: count }, () => newUser())
        const setup = () => ({ model: { users: [] }, real: Object.assign(real, { names }) })
        await fc.asyncModelRun(setup, [create(0), create(1), ...run, compare(now + 2)])
      }),
      runs(20),
    )
    await opened.close()
  }, 120_000)
}
