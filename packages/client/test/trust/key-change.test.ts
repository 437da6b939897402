import { randomUUID } from 'node:crypto'
import { jest } from '@jest/globals'
import { importIdentity, sealExchange, sealMessage } from '@secure-chat/e2ee'
import { endpoints, parsePublicKey, parseUserName } from '@secure-chat/protocol'
import { signIn } from '../../src/index.ts'
import { errorOf } from '../fixtures/folders.ts'
import { heard, remarks, said } from '../support/envelopes.ts'
import { serveKeys } from '../support/mailbox.ts'
import { readyIdentity } from '../support/ready-keys.ts'
import { makeWire } from '../support/wire.ts'
import { type Person, startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
async function pair() {
  count += 1
  const wire = makeWire()
  const ann = await world.person(`ann${count}`, { transport: wire.transport })
  const ben = await world.person(`ben${count}`)
  return { wire, ann: await ann.open(), benPerson: ben, annName: ann.name, benName: ben.name }
}

/** Ben loses his key and everything else, and goes on with a new one. */
async function recovered(ben: Person) {
  const options = { ...ben.options, dir: world.folder(ben.name) }
  await signIn(options, { name: ben.name, password: ben.password, recover: true, remember: true })
  return { ...ben, options, open: (await reopen(options)).open }
}

async function reopen(options: Person['options']) {
  const { openAccount } = await import('../../src/index.ts')
  return { open: () => openAccount(options) }
}

test('the first key seen is pinned, and both see the same safety number', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  const ben = await benPerson.open()
  expect(ann.trust.list()).toEqual([])
  const [a, b] = await Promise.all([ann.trust.show(benName), ben.trust.show(annName)])
  expect(a).toMatchObject({ trust: 'pinned', fingerprint: ben.me.fingerprint })
  expect(a.safety_number).toMatch(/^\d{60}$/)
  expect(a.safety_number).toBe(b.safety_number)
  expect(await ann.trust.verify(benName)).toMatchObject({ trust: 'verified' })
  await ann.send(benName, { text: 'hi' })
  expect(ann.messages({})[0]).toMatchObject({
    kind: 'notice',
    text: `You verified the key of ${benName}.`,
  })
  expect(ann.messages({ with: benName }).at(-1)).toMatchObject({ trust: 'verified' })
})

test('a change proved by the old key: accepted with an alert, what waits is sealed anew under its old id', async () => {
  const { ann, benPerson, wire, annName, benName } = await pair()
  const ben = await benPerson.open()
  await ann.send(benName, { text: '0' })
  wire.cut()
  const waiting = await ann.send(benName, { text: '1' })
  await ben.keys.replace(benPerson.password)
  wire.mend()
  expect(await ann.send(benName, { text: '2' })).toMatchObject({ state: 'sent' })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['0', '1', '2'])
  expect(ben.messages({ with: annName })[1]?.id).toBe(waiting.id)
  expect(remarks(ann, benName)).toEqual([
    `${benName} has a new key; the old key vouches for it, so it is used from now on.`,
  ])
  expect(ann.trust.list()).toMatchObject([{ trust: 'pinned', fingerprint: ben.me.fingerprint }])
  await ben.send(annName, { text: 'back' })
  await ann.sync()
  expect(heard(ann, benName)).toEqual(['back'])
})

test('several proved changes in a row are followed from the pinned key', async () => {
  const { ann, benPerson, benName } = await pair()
  const ben = await benPerson.open()
  await ann.send(benName, { text: '0' })
  await ben.keys.replace(benPerson.password)
  await ben.keys.replace(benPerson.password)
  expect(await ann.send(benName, { text: '1' })).toMatchObject({ state: 'sent' })
  expect(ann.trust.list()).toMatchObject([{ trust: 'pinned', fingerprint: ben.me.fingerprint }])
})

test('what was sealed under a key that came and went while we were away is read', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  const ben = await benPerson.open()
  await ann.send(benName, { text: '0' })
  await ben.sync()
  await ben.keys.replace(benPerson.password)
  await ben.send(annName, { text: 'under the key in between' })
  await ben.keys.replace(benPerson.password)
  await ben.send(annName, { text: 'under the present key' })
  await ann.sync()
  expect(heard(ann, benName)).toEqual(['under the key in between', 'under the present key'])
  expect(ann.trust.list()).toMatchObject([{ trust: 'pinned', fingerprint: ben.me.fingerprint }])
})

test('a verified contact with a proved new key must be verified again before anything is sent', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  const ben = await benPerson.open()
  await ann.trust.verify(benName)
  await ann.send(benName, { text: '0' })
  await ben.keys.replace(benPerson.password)
  expect(await errorOf(() => ann.send(benName, { text: '1' }))).toMatchObject({
    code: 'key_not_trusted',
  })
  expect(await ann.trust.show(benName)).toMatchObject({ trust: 'changed', is_proved: true })
  await ann.trust.verify(benName)
  expect(await ann.send(benName, { text: '2' })).toMatchObject({ state: 'sent' })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['0', '2'])
})

test('an unproved change stops sending, keeps nothing of `send`, and lets what waited go after `trust`', async () => {
  const { ann, benPerson, wire, annName, benName } = await pair()
  await ann.send(benName, { text: '0' })
  wire.cut()
  await ann.send(benName, { text: 'waits' })
  const ben = await (await recovered(benPerson)).open()
  wire.mend()
  const error = await errorOf(() => ann.send(benName, { text: 'not kept' }))
  expect(error).toMatchObject({ code: 'key_not_trusted', exit: 5 })
  expect(ann.outbox.list().map(({ text, state }) => [text, state])).toEqual([['waits', 'held']])
  expect(said(ann, benName)).toEqual([`${annName}: 0`, `${annName}: waits`])
  expect(await errorOf(() => ann.send(benName, { text: 'again' }))).toMatchObject({
    code: 'key_not_trusted',
  })
  const shown = await ann.trust.show(benName)
  expect(shown).toMatchObject({
    trust: 'changed',
    is_proved: false,
    fingerprint: ben.me.fingerprint,
  })
  expect(
    await errorOf(() => ann.trust.accept(benName, { fingerprint: 'a'.repeat(64) })),
  ).toMatchObject({
    code: 'key_not_trusted',
  })
  expect(await ann.trust.accept(benName)).toMatchObject({ trust: 'pinned' })
  expect(ann.outbox.list()).toEqual([])
  await ann.send(benName, { text: 'goes' })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(expect.arrayContaining(['waits', 'goes']))
  ben.close()
})

test('reading goes on under a changed key, with a warning on every line and trust `changed`', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  await ann.send(benName, { text: '0' })
  const ben = await (await recovered(benPerson)).open()
  await ben.send(annName, { text: 'it is me, really' })
  await ann.sync()
  const line = ann.messages({ with: benName }).at(-1)
  expect(line).toMatchObject({ text: 'it is me, really', trust: 'changed' })
  expect(line?.notices[0]).toContain('that you have not accepted')
  expect(remarks(ann, benName).some((text) => text.includes('nothing proves'))).toBe(true)
  expect(await errorOf(() => ann.send(benName, { text: 'hi' }))).toMatchObject({
    code: 'key_not_trusted',
  })
  ben.close()
})

test('who lost everything asks for old lines; they are sent again only after the new key is accepted', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  await ann.send(benName, { text: 'old' })
  const ben = await (await recovered(benPerson)).open()
  await ben.sync()
  expect(heard(ben, annName)).toEqual([])
  await ann.sync()
  expect(remarks(ann, benName).some((text) => text.includes('not under the key you know'))).toBe(
    true,
  )
  await ben.sync()
  expect(heard(ben, annName)).toEqual([])
  await ann.trust.accept(benName)
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['old'])
  ben.close()
})

test('a changed key stops sending offline too, and no longer once the known key is shown again', async () => {
  const { ann, benPerson, wire, benName } = await pair()
  const ben = await benPerson.open()
  await ann.send(benName, { text: '0' })
  const real = wire.onAnswer
  const stranger = (await readyIdentity()).publicPem
  serveKeys(wire, (answer) => ({
    ...answer,
    'public-key': stranger,
    fingerprint: parsePublicKey(stranger).fingerprint,
  }))
  expect(await ann.trust.show(benName)).toMatchObject({ trust: 'changed' })
  wire.cut()
  expect(await errorOf(() => ann.send(benName, { text: '1' }))).toMatchObject({
    code: 'key_not_trusted',
  })
  wire.mend()
  wire.onAnswer = real
  expect(await ann.send(benName, { text: '2' })).toMatchObject({ state: 'sent' })
  ben.close()
})

test('a key that was replaced makes no new conversation, and an old date in it only earns a warning', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  const thief = await benPerson.open()
  const file = thief.keys.exportIdentity({ format: 'pkcs8', passphrase: 'stolen' })
  const stolen = importIdentity(file, 'stolen')
  await ann.send(benName, { text: 'hi' })
  const ben = await (await recovered(benPerson)).open()
  await ann.trust.accept(benName)
  const annKey = parsePublicKey(
    (await ben.api.call(endpoints.getPublicKey, { params: { username: annName } }))['public-key'],
  )
  const forge = async (text: string, now: number) => {
    const { encryptedKey, sending } = await sealExchange({
      me: { name: parseUserName(benName), identity: stolen },
      peer: { name: parseUserName(annName), key: annKey },
      prev: null,
      now,
    })
    const params = { username: annName }
    await ben.api.call(endpoints.keyExchange, { params, body: { encrypted_key: encryptedKey } })
    const id = randomUUID()
    const { message } = await sealMessage(sending, { id, at: now, kind: 'text', body: { text } })
    await ben.api.call(endpoints.sendMessage, { params, body: { message, id } })
  }
  await forge('of today', Date.now() + 3_600_000)
  await forge('backdated', Date.now() - 3_600_000)
  await ann.sync()
  expect(heard(ann, benName)).not.toContain('of today')
  expect(ann.messages({ with: benName }).find(({ text }) => text === 'backdated')).toMatchObject({
    trust: 'changed',
    notices: expect.arrayContaining([expect.stringContaining('has replaced since')]),
  })
  expect(remarks(ann, benName).join()).toContain('signed by a key that')
  ben.close()
})

test('an old key brought from elsewhere opens what was kept for it', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  await ann.send(benName, { text: 'old' })
  const before = await benPerson.open()
  const file = before.keys.exportIdentity({ format: 'pkcs8', passphrase: 'on paper' })
  const ben = await (await recovered(benPerson)).open()
  await ben.sync()
  expect(heard(ben, annName)).toEqual([])
  expect(await errorOf(() => ben.keys.importIdentity(file, 'wrong'))).toMatchObject({
    code: 'wrong_passphrase',
  })
  await ben.keys.importIdentity(file, 'on paper')
  expect(heard(ben, annName)).toEqual(['old'])
  await ben.send(annName, { text: 'under the new key' })
  expect(ben.me.fingerprint).not.toBe(before.me.fingerprint)
  ben.close()
})

test('`trust` takes the key that is there now, even if nobody had noticed the change', async () => {
  const { ann, benPerson, annName, benName } = await pair()
  await ann.send(benName, { text: '0' })
  const ben = await (await recovered(benPerson)).open()
  expect(await ann.trust.accept(benName)).toMatchObject({
    trust: 'pinned',
    fingerprint: ben.me.fingerprint,
  })
  expect(await ann.send(benName, { text: '1' })).toMatchObject({ state: 'sent' })
  await ben.sync()
  expect(heard(ben, annName)).toContain('1')
  ben.close()
})
