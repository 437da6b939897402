import { randomUUID } from 'node:crypto'
import { type Fingerprint, isChatError, type UserName } from '@secure-chat/protocol'
import type { MessageToSend } from '../../../src/domain/mailboxes/send-message.ts'
import {
  codeOf,
  type Messaging,
  openLimits,
  openMessaging,
  readAll,
  someFingerprint,
  someProof,
} from '../../support/messaging.ts'

let chat: Messaging
let alice: UserName
let bob: UserName
let bobKey: Fingerprint

beforeEach(async () => {
  chat = await openMessaging()
  alice = (await chat.addUser('alice')).name
  ;({ name: bob, fingerprint: bobKey } = await chat.addUser('bob'))
})
afterEach(() => chat.close())

function draft(changes: Partial<MessageToSend> = {}): MessageToSend {
  return {
    sender: alice,
    recipient: bob,
    message: 'sealed',
    id: undefined,
    toKey: undefined,
    proof: someProof(),
    requestId: 'r1',
    ...changes,
  }
}

test('answers only with what the mailbox already has', async () => {
  const { id, timestamp } = await chat.sendMessage(draft())
  expect(await readAll(chat.queue, bob)).toEqual([
    { id, type: 'CHAT_MESSAGE', sender: 'alice', message: 'sealed', timestamp },
  ])
  expect(timestamp).toBe('2026-11-23T18:00:00.000Z')
})

test('promises nothing when the queue fails, and forgets the id', async () => {
  let isDown = true
  const shaky = await openMessaging({
    wrapQueue: (queue) => ({
      ...queue,
      enqueue: (user, record) =>
        isDown ? Promise.reject(new Error('down')) : queue.enqueue(user, record),
    }),
  })
  await shaky.addUser('bob')
  const again = draft({ id: randomUUID() })
  await expect(shaky.sendMessage(again)).rejects.toThrow('down')
  isDown = false
  await shaky.sendMessage(again)
  expect(await readAll(shaky.queue, bob)).toHaveLength(1)
  await shaky.close()
})

test('refuses a recipient that is not there', async () => {
  const nobody = 'nobody' as UserName
  expect(await codeOf(chat.sendMessage(draft({ recipient: nobody })))).toBe('no_such_user')
})

test('refuses a message sealed for another key than the present one', async () => {
  await chat.sendMessage(draft({ toKey: bobKey }))
  expect(await codeOf(chat.sendMessage(draft({ toKey: someFingerprint() })))).toBe('key_changed')
  expect(await readAll(chat.queue, bob)).toHaveLength(1)
})

test('takes a message for a key that was replaced a moment ago on another node', async () => {
  await chat.sendMessage(draft({ toKey: bobKey }))
  const fingerprint = someFingerprint()
  const change = {
    expectedSeq: 0,
    publicKey: 'PEM',
    fingerprint,
    at: chat.clock.now(),
    proof: null,
  }
  await chat.database.users.changeKey(bob, change)
  await chat.sendMessage(draft({ toKey: fingerprint }))
  expect(await codeOf(chat.sendMessage(draft({ toKey: bobKey })))).toBe('key_changed')
})

test('refuses a blocked sender, at once on this node and until the block is taken back', async () => {
  await chat.sendMessage(draft())
  await chat.blocks.add(bob, alice)
  expect(await codeOf(chat.sendMessage(draft()))).toBe('not_accepted')
  await chat.blocks.remove(bob, alice)
  await chat.sendMessage(draft())
})

test('sees a block that was made on another node within two seconds', async () => {
  await chat.sendMessage(draft())
  await chat.otherNode().blocks.add(bob, alice)
  await chat.clock.advance(2000)
  expect(await codeOf(chat.sendMessage(draft()))).toBe('not_accepted')
})

describe('an id of the sender', () => {
  test('answers a retry as the first time and stores nothing', async () => {
    const first = draft({ id: randomUUID() })
    const answer = await chat.sendMessage(first)
    await chat.clock.advance(9 * 60_000)
    expect(await chat.sendMessage({ ...first, proof: someProof() })).toEqual(answer)
    expect(await readAll(chat.queue, bob)).toHaveLength(1)
  })

  test('stores once when both come at once', async () => {
    const both = draft({ id: randomUUID() })
    const [one, two] = await Promise.all([chat.sendMessage(both), chat.sendMessage(both)])
    expect(one).toEqual(two)
    expect(await readAll(chat.queue, bob)).toHaveLength(1)
  })

  test('gives both the same refusal when the first of two at once fails', async () => {
    const both = draft({ id: randomUUID(), toKey: someFingerprint() })
    const codes = [codeOf(chat.sendMessage(both)), codeOf(chat.sendMessage(both))]
    expect(await Promise.all(codes)).toEqual(['key_changed', 'key_changed'])
  })

  test('is refused for another content, recipient or type', async () => {
    const carol = (await chat.addUser('carol')).name
    const id = randomUUID()
    await chat.sendMessage(draft({ id }))
    expect(await codeOf(chat.sendMessage(draft({ id, message: 'other' })))).toBe('id_reused')
    expect(await codeOf(chat.sendMessage(draft({ id, recipient: carol })))).toBe('id_reused')
    expect(await readAll(chat.queue, carol)).toHaveLength(0)
  })

  test('belongs to its sender: others may use the same', async () => {
    const carol = (await chat.addUser('carol')).name
    const id = randomUUID()
    await chat.sendMessage(draft({ id }))
    await chat.sendMessage(draft({ id, sender: carol, message: 'other' }))
    expect(await readAll(chat.queue, bob)).toHaveLength(2)
  })

  test('is free again after ten minutes', async () => {
    const id = randomUUID()
    await chat.sendMessage(draft({ id }))
    await chat.clock.advance(10 * 60_000)
    await chat.sendMessage(draft({ id, message: 'other' }))
  })

  test('answers a retry although the recipient replaced the key meanwhile', async () => {
    const first = draft({ id: randomUUID(), toKey: bobKey })
    const answer = await chat.sendMessage(first)
    const fingerprint = someFingerprint()
    await chat.database.users.changeKey(bob, {
      expectedSeq: 0,
      publicKey: 'PEM',
      fingerprint,
      at: chat.clock.now(),
      proof: null,
    })
    chat.directory.forget(bob)
    expect(await chat.sendMessage(first)).toEqual(answer)
  })
})

test('derives the id from sid and nonce, so that a replay to another node gets the same', async () => {
  const proof = someProof()
  const here = await chat.sendMessage(draft({ proof }))
  const there = await chat.otherNode().sendMessage(draft({ proof }))
  expect(there.id).toBe(here.id)
  expect(here.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect((await chat.sendMessage(draft())).id).not.toBe(here.id)
})

describe('limits', () => {
  const settings = { ...openLimits, rateLimit: 'on', limitMessagesBurst: 5 } as const

  test('let a burst go, then the steady rate to one recipient', async () => {
    const strict = await openMessaging({ settings })
    await strict.addUser('bob')
    for (let i = 0; i < 5; i++) await strict.sendMessage(draft())
    const refused = await strict.sendMessage(draft()).catch((error: unknown) => error)
    if (!isChatError(refused, 'rate_limited')) throw refused
    expect(refused.retryAfterS).toBeGreaterThanOrEqual(1)
    // 120 a minute to one: one every half second.
    await strict.clock.advance(500)
    await strict.sendMessage(draft())
    expect(await codeOf(strict.sendMessage(draft()))).toBe('rate_limited')
    await strict.close()
  })

  test('hold for a sender over all recipients, known or not', async () => {
    const strict = await openMessaging({ settings })
    for (let i = 0; i < 5; i++) {
      const recipient = `nobody${i}` as UserName
      expect(await codeOf(strict.sendMessage(draft({ recipient })))).toBe('no_such_user')
    }
    expect(await codeOf(strict.sendMessage(draft()))).toBe('rate_limited')
    await strict.close()
  })

  test('of one sender leave others alone', async () => {
    const strict = await openMessaging({ settings })
    await strict.addUser('bob')
    for (let i = 0; i < 5; i++) await strict.sendMessage(draft())
    expect(await codeOf(strict.sendMessage(draft()))).toBe('rate_limited')
    await strict.sendMessage(draft({ sender: 'carol' as UserName }))
    await strict.close()
  })

  test('are off when the operator says so', async () => {
    await Promise.all(Array.from({ length: 700 }, () => chat.sendMessage(draft())))
    expect(await readAll(chat.queue, bob)).toHaveLength(700)
  })
})

test('stores nothing for a user that is being removed once the directory knows', async () => {
  await chat.sendMessage(draft())
  await chat.database.users.remove(bob)
  chat.directory.forget(bob)
  await chat.queue.removeMailbox(bob)
  expect(await codeOf(chat.sendMessage(draft()))).toBe('no_such_user')
  expect(await readAll(chat.queue, bob)).toHaveLength(0)
})

test('either stores before a removal or refuses, whatever the moment', async () => {
  const sends = Array.from({ length: 20 }, (_, i) => chat.sendMessage(draft({ message: `${i}` })))
  const removal = (async () => {
    await chat.database.users.remove(bob)
    chat.directory.forget(bob)
    await chat.queue.removeMailbox(bob)
  })()
  const outcomes = await Promise.allSettled([...sends, chat.sendMessage(draft())])
  await removal
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'no_such_user' })
  }
  expect(await codeOf(chat.sendMessage(draft()))).toBe('no_such_user')
  expect(await readAll(chat.queue, bob)).toHaveLength(0)
})
