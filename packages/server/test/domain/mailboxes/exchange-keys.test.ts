import { randomUUID } from 'node:crypto'
import type { Fingerprint, UserName } from '@secure-chat/protocol'
import type { ExchangeToPass } from '../../../src/domain/mailboxes/exchange-keys.ts'
import {
  codeOf,
  exchangeFor,
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

function exchange(changes: Partial<ExchangeToPass> = {}): ExchangeToPass {
  return {
    sender: alice,
    recipient: bob,
    encryptedKey: exchangeFor(bobKey),
    id: undefined,
    proof: someProof(),
    requestId: 'r1',
    ...changes,
  }
}

async function replaceKeyOfBob(seq = 0): Promise<Fingerprint> {
  const fingerprint = someFingerprint()
  const change = { publicKey: 'PEM', fingerprint, at: chat.clock.now(), proof: null }
  await chat.database.users.changeKey(bob, { ...change, expectedSeq: seq })
  return fingerprint
}

test('puts the exchange into the mailbox and keeps the two as contacts', async () => {
  const { encryptedKey } = exchange()
  const { id, timestamp } = await chat.exchangeKeys(exchange({ encryptedKey }))
  expect(await readAll(chat.queue, bob)).toEqual([
    { id, type: 'KEY_EXCHANGE', sender: 'alice', message: encryptedKey, timestamp },
  ])
  expect(await chat.contacts.list(alice)).toEqual([bob])
  expect(await chat.contacts.list(bob)).toEqual([alice])
})

test('makes no contacts of an exchange that was refused', async () => {
  await chat.blocks.add(bob, alice)
  expect(await codeOf(chat.exchangeKeys(exchange()))).toBe('not_accepted')
  expect(await chat.contacts.list(bob)).toEqual([])
})

test('tells the sender at once that the key was replaced, by an older kid', async () => {
  await chat.exchangeKeys(exchange())
  const second = await replaceKeyOfBob(0)
  await replaceKeyOfBob(1)
  chat.directory.forget(bob)
  for (const old of [bobKey, second]) {
    const encryptedKey = exchangeFor(old)
    expect(await codeOf(chat.exchangeKeys(exchange({ encryptedKey })))).toBe('key_changed')
  }
})

test('refuses a kid that was never a key of the recipient', async () => {
  const encryptedKey = exchangeFor(someFingerprint())
  expect(await codeOf(chat.exchangeKeys(exchange({ encryptedKey })))).toBe('invalid_request')
})

test('takes an exchange for a key that was replaced a moment ago on another node', async () => {
  await chat.exchangeKeys(exchange())
  const encryptedKey = exchangeFor(await replaceKeyOfBob())
  await chat.exchangeKeys(exchange({ encryptedKey }))
})

test.each([
  '',
  'a.b.c.d.e',
  '....',
  `${exchangeFor('0'.repeat(64))}.more`,
  exchangeFor('0'.repeat(63)),
  exchangeFor('ABCDEF'.padEnd(64, '0')),
  exchangeFor('0'.repeat(64), 20_000),
  '__proto__',
])('refuses what is no compact JWE of the protocol: %.40s', async (encryptedKey) => {
  expect(await codeOf(chat.exchangeKeys(exchange({ encryptedKey })))).toBe('invalid_request')
  expect(await readAll(chat.queue, bob)).toEqual([])
})

test('refuses a recipient that is not there', async () => {
  const recipient = 'nobody' as UserName
  expect(await codeOf(chat.exchangeKeys(exchange({ recipient })))).toBe('no_such_user')
})

test('answers a retry as the first time, and refuses the id for a message', async () => {
  const first = exchange({ id: randomUUID() })
  const answer = await chat.exchangeKeys(first)
  expect(await chat.exchangeKeys(first)).toEqual(answer)
  const { id, encryptedKey, ...rest } = first
  const asMessage = chat.sendMessage({ ...rest, id, message: encryptedKey, toKey: undefined })
  expect(await codeOf(asMessage)).toBe('id_reused')
  expect(await readAll(chat.queue, bob)).toHaveLength(1)
})

test('lets a pair exchange as often in an hour as the setting says', async () => {
  const settings = { ...openLimits, rateLimit: 'on', limitExchangesPerHour: 3 } as const
  const strict = chat.otherNode({ settings })
  for (let i = 0; i < 3; i++) await strict.exchangeKeys(exchange())
  expect(await codeOf(strict.exchangeKeys(exchange()))).toBe('rate_limited')
  const carol = (await chat.addUser('carol')).name
  await strict.exchangeKeys(exchange({ sender: carol }))
  await chat.clock.advance(3_600_000)
  await strict.exchangeKeys(exchange())
})

test('keeps contacts for 90 days after the last exchange', async () => {
  await chat.exchangeKeys(exchange())
  await chat.clock.advance(90 * 86_400_000)
  expect(await chat.contacts.list(bob)).toEqual([alice])
  await chat.clock.advance(1)
  expect(await chat.contacts.list(bob)).toEqual([])
})
