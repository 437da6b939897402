import { jest } from '@jest/globals'
import { sealExchange } from '@secure-chat/e2ee'
import { parsePublicKey, parseUserName, type QueueRecord } from '@secure-chat/protocol'
import { type Account, openProfile } from '../../src/index.ts'
import { makeContactStore } from '../../src/trust/contact-store.ts'
import { openVault } from '../../src/vault/vault.ts'
import { errorOf } from '../fixtures/folders.ts'
import { heard, remarks } from '../support/envelopes.ts'
import { serveKeys, serveMailbox } from '../support/mailbox.ts'
import { readyIdentity } from '../support/ready-keys.ts'
import { isExchange, isMailbox, isSend, makeWire, withBody } from '../support/wire.ts'
import { type Person, startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

// Every attack a server can try, played by a proxy between the real server and the victim.

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
let honest: Person | undefined
let account: Account | undefined
/** `ben` reads through a hostile server; `ann` and `cat` write honestly. */
async function scene() {
  count += 1
  const wire = makeWire()
  honest ??= await world.person('ann')
  const ann = honest
  account ??= await ann.open()
  const ben = await world.person(`ben${count}`, { transport: wire.transport })
  return {
    wire,
    annName: ann.name,
    benName: ben.name,
    benDir: ben.options.dir,
    ann: account,
    ben: await ben.open(),
    hostile: (serve: (records: QueueRecord[]) => QueueRecord[]) => serveMailbox(wire, serve),
  }
}

const isMessage = ({ type }: QueueRecord): boolean => type === 'CHAT_MESSAGE'
const isKey = ({ type }: QueueRecord): boolean => type === 'KEY_EXCHANGE'
const problem =
  /attack|missing|not readable|could not be opened|not of a form|forged|refused|came late|cannot be read/i

test('a replayed record, under its own id or a new one, is shown once', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  await ann.send(benName, { text: 'pay 10' })
  hostile((records) => [
    ...records,
    ...records,
    ...records.filter(isMessage).map((record) => ({ ...record, id: crypto.randomUUID() })),
  ])
  await ben.sync()
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['pay 10'])
})

test('reordered messages are all shown, and that they came late', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  for (const text of ['1', '2', '3']) await ann.send(benName, { text })
  hostile((records) => {
    const [key, ...messages] = records
    return [...(key ? [key] : []), ...messages.toReversed()]
  })
  await ben.sync()
  expect(heard(ben, annName).toSorted()).toEqual(['1', '2', '3'])
  expect(remarks(ben, annName).filter((text) => text.includes('came late'))).toHaveLength(2)
  expect(remarks(ben, annName).filter((text) => text.includes('missing'))).toEqual([])
})

test('a mailbox that leads from nowhere to nowhere is left, with nothing lost', async () => {
  const { ann, ben, annName, benName, wire } = await scene()
  await ann.send(benName, { text: '1' })
  await ben.sync()
  const { cursor } = await ben.sync()
  wire.onAnswer = (request, answer) =>
    isMailbox(request) && answer.status === 200
      ? withBody(answer, { messages: [], next: cursor, more: true })
      : answer
  expect(await errorOf(() => ben.sync())).toMatchObject({ code: 'bad_answer' })
  let jumps = 0
  wire.onAnswer = (request, answer) =>
    isMailbox(request)
      ? withBody(
          { ...answer, status: 410 },
          { status: 410, code: 'cursor_expired', detail: 'gone', resume: `jump${jumps++}` },
        )
      : answer
  expect(await errorOf(() => ben.sync())).toMatchObject({ code: 'bad_answer' })
  expect(jumps).toBeLessThan(10)
  expect(heard(ben, annName)).toEqual(['1'])
})

test('a message held back in the middle shows as missing, until it comes', async () => {
  const { ann, ben, annName, benName, wire, hostile } = await scene()
  for (const text of ['1', '2', '3']) await ann.send(benName, { text })
  let held: QueueRecord[] = []
  hostile((records) => {
    held = records.filter(isMessage).slice(1, 2)
    return records.filter((record) => !held.includes(record))
  })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1', '3'])
  expect(remarks(ben, annName)).toEqual([
    'One message before this one is missing: it was lost, removed or held back on the way.',
  ])
  wire.onAnswer = (_, answer) => answer
  hostile((records) => [...held, ...records])
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1', '3', '2'])
  expect(remarks(ben, annName).filter((text) => text.includes('missing'))).toEqual([])
})

test('messages come before their key: kept, shown as unreadable, opened when it arrives', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  for (const text of ['1', '2']) await ann.send(benName, { text })
  hostile((records) => [...records.filter(isMessage), ...records.filter(isKey)])
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1', '2'])
  expect(ben.messages({ with: annName }).map(({ notices }) => notices)).toEqual([[], []])
})

test('a key held back: unreadable lines are shown and kept, and opened later', async () => {
  const { ann, ben, annName, benName, wire, hostile } = await scene()
  await ann.send(benName, { text: '1' })
  let held: QueueRecord[] = []
  hostile((records) => {
    held = records.filter(isKey)
    return records.filter((record) => !isKey(record))
  })
  await ben.sync()
  expect(ben.messages({ with: annName })[0]).toMatchObject({
    state: 'undecryptable',
    from: annName,
  })
  wire.onAnswer = (_, answer) => answer
  hostile((records) => [...held, ...records])
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1'])
})

test('a truncated mailbox loses nothing: the rest is read when it is shown', async () => {
  const { ann, ben, annName, benName, wire, hostile } = await scene()
  for (const text of ['1', '2', '3']) await ann.send(benName, { text })
  hostile((records) => records.slice(0, 2))
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1'])
  wire.onAnswer = (_, answer) => answer
  await ann.send(benName, { text: '4' })
  await ben.sync()
  expect(remarks(ben, annName).some((text) => problem.test(text))).toBe(true)
})

test.each([
  ['the sender', (record: QueueRecord, other: string) => ({ ...record, sender: other })],
  ['the id', (record: QueueRecord) => ({ ...record, id: crypto.randomUUID() })],
  [
    'a byte of the ciphertext',
    (record: QueueRecord) => ({ ...record, message: flipped(record.message, 3) }),
  ],
  [
    'a byte of the iv',
    (record: QueueRecord) => ({ ...record, message: flipped(record.message, 2) }),
  ],
  [
    'a byte of the tag',
    (record: QueueRecord) => ({ ...record, message: flipped(record.message, 4) }),
  ],
  [
    'the number',
    (record: QueueRecord) => ({ ...record, message: headed(record.message, { n: 7 }) }),
  ],
  [
    'the kid',
    (record: QueueRecord) => ({
      ...record,
      message: headed(record.message, { kid: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    }),
  ],
  [
    'the algorithm',
    (record: QueueRecord) => ({ ...record, message: headed(record.message, { enc: 'A128GCM' }) }),
  ],
  [
    'a header member more',
    (record: QueueRecord) => ({ ...record, message: headed(record.message, { zip: 'DEF' }) }),
  ],
  ['the type', (record: QueueRecord) => ({ ...record, type: 'KEY_EXCHANGE' })],
  ['the length', (record: QueueRecord) => ({ ...record, message: record.message.slice(0, -8) })],
  ['nothing left of it', (record: QueueRecord) => ({ ...record, message: '' })],
])(
  'a message with %s changed is never shown as said, but that something came',
  async (_, change) => {
    spoiled ??= await spoiledScene()
    const { ann, ben, annName, benName, eveName, serve } = spoiled
    await ben.sync()
    const before = ben.messages({}).length
    await ann.send(benName, { text: 'true words' })
    serve((records) =>
      records.map((record) => (isMessage(record) ? change(record, eveName) : record)),
    )
    await ben.sync()
    serve((records) => records)
    expect(heard(ben, annName)).toEqual([])
    expect(heard(ben, eveName)).toEqual([])
    expect(ben.messages({}).slice(before)[0]?.text).toMatch(problem)
  },
)

let spoiled: Awaited<ReturnType<typeof spoiledScene>> | undefined

async function spoiledScene() {
  const made = await scene()
  const eve = await world.person(`eve${count}`)
  let serving = (records: QueueRecord[]): QueueRecord[] => records
  made.hostile((records) => serving(records))
  return {
    ...made,
    eveName: eve.name,
    serve(serve: (records: QueueRecord[]) => QueueRecord[]) {
      serving = serve
    },
  }
}

test('a spoiled copy first does not keep the true one out', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  await ann.send(benName, { text: 'true words' })
  hostile((records) =>
    records.flatMap((record) =>
      isMessage(record) ? [{ ...record, message: flipped(record.message, 3) }, record] : [record],
    ),
  )
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['true words'])
})

test('another ciphertext under a number already opened is shown as an attack', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  await ann.send(benName, { text: 'true words' })
  hostile((records) =>
    records.flatMap((record) =>
      isMessage(record)
        ? [record, { ...record, id: crypto.randomUUID(), message: flipped(record.message, 3) }]
        : [record],
    ),
  )
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['true words'])
  expect(remarks(ben, annName)[0]).toMatch(/^Attack: a second, different message/)
})

test("a message moved into another user's mailbox is not shown as said", async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  const wire = makeWire()
  const cat = await world.person(`cat${count}`, { transport: wire.transport })
  const cats = await cat.open()
  await ann.send(benName, { text: 'for ben only' })
  let stolen: QueueRecord[] = []
  hostile((records) => {
    stolen = records
    return records
  })
  await ben.sync()
  serveMailbox(wire, () => stolen)
  await cats.sync()
  expect(heard(cats, annName)).toEqual([])
  expect(cats.messages({}).every(({ text }) => problem.test(text))).toBe(true)
})

test('our own message turned round at us is shown as forged', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  await ann.send(benName, { text: 'hi' })
  hostile((records) =>
    records.flatMap((record) => [record, { ...record, sender: benName, id: crypto.randomUUID() }]),
  )
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['hi'])
  expect(remarks(ben).filter((text) => text.startsWith('Forged'))).toHaveLength(2)
})

test('a key exchange made by the server itself is not accepted, nor what comes under it', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  await ann.send(benName, { text: 'hi' })
  const mallory = await readyIdentity()
  const benKey = await ann.trust.show(benName)
  const answer = await ann.api.raw({ method: 'GET', target: `/chat/${benName}/publickey` })
  const pem: string = JSON.parse(answer.body)['public-key']
  const forged = await sealExchange({
    me: { name: parseUserName(annName), identity: mallory },
    peer: { name: parseUserName(benName), key: parsePublicKey(pem) },
    prev: null,
    now: Date.now(),
  })
  expect(benKey.fingerprint).toBe(parsePublicKey(pem).fingerprint)
  hostile((records) =>
    records.map((record) => (isKey(record) ? { ...record, message: forged.encryptedKey } : record)),
  )
  await ben.sync()
  expect(heard(ben, annName)).toEqual([])
  expect(remarks(ben, annName).some((text) => problem.test(text))).toBe(true)
})

test('an older version of the protocol than before, under the same key, is refused and shown', async () => {
  const { ann, ben, annName, benName, benDir } = await scene()
  await ann.send(benName, { text: 'before' })
  await ben.sync()
  // As if ann had spoken version 2 already.
  const profile = await openProfile({ dir: benDir })
  makeContactStore(profile.vault).change(parseUserName(annName), (contact) => ({
    ...contact,
    versions: { [ann.me.fingerprint]: 2 },
  }))
  profile.close()
  await ann.trust.rotate(benName)
  await ann.send(benName, { text: 'in the weaker one' })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['before'])
  expect(remarks(ben, annName)[0]).toContain('older version of the encryption')
})

test('a swapped key in the directory stops sending, and nothing is sealed for it', async () => {
  const { ben, ann, annName, benName, wire } = await scene()
  await ben.send(annName, { text: 'first' })
  await ann.sync()
  const mallory = await readyIdentity()
  serveKeys(wire, (answer) => ({
    ...answer,
    'public-key': mallory.publicPem,
    fingerprint: mallory.fingerprint,
    seq: answer.seq + 1,
    changes: [],
  }))
  await ben.trust.rotate(annName).catch((error: unknown) => error)
  const error = await errorOf(() => ben.send(annName, { text: 'second' }))
  expect(error).toMatchObject({ code: 'key_not_trusted', exit: 5 })
  expect(ben.outbox.list()).toEqual([])
  expect(ben.messages({ with: annName }).filter(({ text }) => text === 'second')).toEqual([])
  expect(remarks(ben, annName)[0]).toContain('has changed and nothing proves')
  expect(ben.trust.list()[0]).toMatchObject({ trust: 'changed' })
  await ann.sync()
  expect(heard(ann, benName)).toEqual(['first'])
})

test('a directory that contradicts itself is not believed', async () => {
  const { ben, annName, wire } = await scene()
  const mallory = await readyIdentity()
  serveKeys(wire, (answer) => ({ ...answer, 'public-key': mallory.publicPem }))
  expect(await ben.send(annName, { text: 'hi' })).toMatchObject({
    state: 'queued',
    reason: 'bad_answer',
  })
  expect(ben.trust.list()).toEqual([])
  expect(wire.sent.filter((each) => isExchange(each) || isSend(each))).toEqual([])
})

test('forged system records change no trust, and are shown as what they are', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  await ann.send(benName, { text: 'hi' })
  await ben.sync()
  const record = (more: Partial<QueueRecord>): QueueRecord => ({
    id: crypto.randomUUID(),
    type: 'SYSTEM',
    sender: 'system',
    timestamp: new Date().toISOString(),
    message: JSON.stringify({
      event: 'key.changed',
      name: annName,
      old_key: 'a'.repeat(64),
      new_key: 'b'.repeat(64),
      seq: 1,
    }),
    ...more,
  })
  hostile((records) => [
    ...records,
    record({}),
    record({ sender: annName }),
    record({ type: 'CHAT_MESSAGE' }),
    record({ message: 'not json' }),
    record({ sender: 'No One!' }),
  ])
  await ben.sync()
  expect(ben.trust.list()).toMatchObject([{ name: annName, trust: 'pinned' }])
  expect(await ben.send(annName, { text: 'still fine' })).toMatchObject({ state: 'sent' })
  const texts = remarks(ben)
  expect(texts.filter((text) => text.startsWith('Forged'))).toHaveLength(3)
  expect(texts.filter((text) => text.startsWith('The server says'))).toHaveLength(1)
  expect(texts).toContain('The server sent a notice that this version does not know.')
})

test('a record of an unknown type is kept and shown, and never as words of a contact', async () => {
  const { ann, ben, annName, benName, hostile } = await scene()
  await ann.send(benName, { text: 'hi' })
  hostile((records) => [
    ...records,
    {
      id: crypto.randomUUID(),
      type: 'x-poll',
      sender: annName,
      message: 'which day?',
      timestamp: new Date().toISOString(),
      meta: { plugin: 'poll' },
    },
  ])
  await ben.sync()
  expect(ben.messages({ with: annName }).at(-1)).toMatchObject({
    kind: 'x-poll',
    text: 'a message of kind x-poll (plugin needed)',
    body: { message: 'which day?' },
    meta: { plugin: 'poll' },
    notices: ['Not end-to-end encrypted: the server, or a plugin of it, made this.'],
  })
})

test('a flood that cannot be opened is capped per sender and harms no other', async () => {
  const { ann, ben, annName, benName, benDir, hostile } = await scene()
  await ann.send(benName, { text: 'hi' })
  const junk = 'A'.repeat(190 * 1024)
  hostile((records) => [
    ...Array.from({ length: 60 }, (_, at) => ({
      id: crypto.randomUUID(),
      type: 'CHAT_MESSAGE',
      sender: annName,
      message: `${junk}${at}`,
      timestamp: new Date().toISOString(),
    })),
    ...records,
  ])
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['hi'])
  const kept = openVault({ dir: benDir }).get('SELECT sum(bytes) AS bytes FROM envelopes')
  expect(Number(kept?.bytes)).toBeLessThanOrEqual(8 * 1024 * 1024)
})

/** Changes one character in the middle of a part of a compact JWE. */
function flipped(message: string, part: number): string {
  const parts = message.split('.')
  const text = parts[part] ?? ''
  const at = text.length >> 1
  parts[part] = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  return parts.join('.')
}

function headed(message: string, members: object): string {
  const [head = '', ...rest] = message.split('.')
  const header = { ...JSON.parse(Buffer.from(head, 'base64url').toString()), ...members }
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
}
