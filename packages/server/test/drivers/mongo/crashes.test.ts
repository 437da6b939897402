import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import { openMongoDatabase } from '../../../src/drivers/mongo/index.ts'
import type { UserDatabase } from '../../../src/ports/index.ts'
import { makeVirtualClock, type VirtualClock } from '../../../src/virtual-clock.ts'
import { account, newFingerprint, newUser, now } from '../user-rules/kit.ts'
import { sharedOwnDatabase } from './own-database.ts'

jest.setTimeout(60_000)

describeWithServices('what a crash leaves in MongoDB', () => {
  const own = sharedOwnDatabase()
  let clock: VirtualClock
  let database: UserDatabase

  async function open(): Promise<void> {
    clock = makeVirtualClock(now)
    database = await openMongoDatabase({ url: own.url, clock })
  }

  async function users(...names: UserName[]): Promise<void> {
    for (const name of names) await database.users.create(account(name))
  }

  beforeEach(open)
  afterEach(() => database.close())

  const change = (expectedSeq: number) => ({
    expectedSeq,
    publicKey: `key ${expectedSeq + 1}`,
    fingerprint: newFingerprint(),
    at: now + expectedSeq,
    proof: { expectedSeq },
  })

  test('between filing a key change and making the next, it shows each change once', async () => {
    const name = newUser()
    await users(name)
    const made = change(1)
    await database.users.changeKey(name, change(0))
    await database.users.changeKey(name, made)
    const before = await database.users.keyChanges(name, 20)
    expect(before.map(({ seq }) => seq)).toEqual([1, 2])
    const kept = await own.models.users.findById(name).lean()
    await own.models.keyChanges.insertOne({
      ...kept?.change,
      _id: `${name} 0000000002`,
      name,
    })
    expect(await database.users.keyChanges(name, 20)).toEqual(before)
    expect(await database.users.hadKey(name, made.fingerprint)).toBe(false)
    expect(await database.users.changeKey(name, change(2))).toBe('changed')
    expect((await database.users.keyChanges(name, 20)).map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  test('after the name became a tombstone, nobody sees the rest and it is cleared away', async () => {
    const [gone, other] = [newUser(), newUser()]
    await users(gone, other)
    await database.users.changeKey(gone, change(0))
    await database.users.changeKey(gone, change(1))
    await database.contacts.touch(gone, other, now)
    await database.blocks.add(other, gone)
    await database.blocks.add(gone, other)
    // The first step of a removal, and no other.
    await own.models.users.replaceOne({ _id: gone }, { is_removed: true, clear_at: now })
    expect(await database.users.find(gone)).toBeUndefined()
    expect(await database.users.keyChanges(gone, 9)).toEqual([])
    expect(await database.contacts.list(other, 0)).toEqual([])
    expect(await database.users.create(account(gone))).toBe('taken')

    await database.close()
    await open()
    await cleared(gone)
    expect(await database.blocks.list(other)).toEqual([])
    expect(await leftOf(gone)).toEqual([])
    expect(await database.users.create(account(gone))).toBe('taken')
  })

  test('a removal asked for again goes on where the first one stopped', async () => {
    const [gone, other] = [newUser(), newUser()]
    await users(gone, other)
    await database.contacts.touch(gone, other, now)
    await own.models.users.replaceOne({ _id: gone }, { is_removed: true, clear_at: now + 60_000 })
    await database.users.remove(gone)
    expect(await leftOf(gone)).toEqual([])
  })

  test('what comes a moment after a removal is cleared away a minute later', async () => {
    const [gone, other] = [newUser(), newUser()]
    await users(gone, other)
    await database.users.remove(gone)
    // Of another node, which looked before the removal and wrote after it.
    await own.models.contacts.insertOne({
      _id: `${other} ${gone}`,
      user: other,
      other: gone,
      at: now,
    })
    await own.models.blocks.insertOne({ _id: `${other} ${gone}`, user: other, blocked: gone })
    expect(await database.contacts.list(other, 0)).toEqual([])
    await cleared(gone)
    expect(await leftOf(gone)).toEqual([])
    expect(await own.models.users.findById(gone).lean()).toEqual({ _id: gone, is_removed: true })
  })

  test('what is flushed late brings nothing of a removed user back', async () => {
    const [gone, other] = [newUser(), newUser()]
    await users(gone, other)
    await database.users.remove(gone)
    await database.presence.seen([{ name: gone, at: now }])
    await database.presence.set(gone, { state: 'online', text: 'x', at: now })
    await database.contacts.touch(gone, other, now)
    await database.contacts.touch(other, gone, now)
    await database.blocks.add(other, gone)
    await database.blocks.add(gone, other)
    await database.users.setSuspended(gone, true)
    expect(await database.presence.find([gone])).toEqual([])
    expect(await leftOf(gone)).toEqual([])
    expect(await own.models.users.findById(gone).lean()).toEqual({
      _id: gone,
      is_removed: true,
      clear_at: expect.any(Number),
    })
  })

  test('rows of two accounts are not left behind when one is removed at the same time', async () => {
    const pairs = Array.from({ length: 10 }, () => [newUser(), newUser()] as const)
    await users(...pairs.flat())
    await Promise.all(
      pairs.flatMap(([gone, other]) => [
        database.contacts.touch(gone, other, now),
        database.blocks.add(other, gone),
        database.users.changeKey(gone, change(0)),
        database.users.remove(gone),
      ]),
    )
    for (const [gone] of pairs) expect(await leftOf(gone)).toEqual([])
  })

  /** Everything that names this name beside its tombstone. */
  async function leftOf(name: UserName): Promise<unknown[]> {
    const { contacts, blocks, keyChanges } = own.models
    const found = await Promise.all([
      contacts.find({ $or: [{ user: name }, { other: name }] }).lean(),
      blocks.find({ $or: [{ user: name }, { blocked: name }] }).lean(),
      keyChanges.find({ name }).lean(),
    ])
    return found.flat()
  }

  /** Lets time pass until the last clearing of a name is done. */
  async function cleared(name: UserName): Promise<void> {
    while ((await own.models.users.exists({ _id: name, clear_at: { $exists: true } })) !== null) {
      await clock.jump(61_000)
    }
  }
})
