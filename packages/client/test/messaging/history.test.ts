import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { parseUserName } from '@secure-chat/protocol'
import { type Account, openProfile } from '../../src/index.ts'
import { newLine } from '../../src/messaging/line.ts'
import { makeLineStore } from '../../src/messaging/line-store.ts'
import { errorOf } from '../fixtures/folders.ts'
import { movableClock, type Person, startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
let ann: Account
let ben: Account
let benPerson: Person
const clock = movableClock()
beforeAll(async () => {
  world = await startWorld()
  ann = await (await world.person('ann', { clock })).open()
  benPerson = await world.person('ben', { clock })
  ben = await benPerson.open()
  for (let n = 0; n < 12; n += 1) {
    await ann.send('ben', { text: `Line ${n} ${n === 7 ? 'STRASSE' : ''}`.trim() })
    clock.forward(1_000)
  }
  await ben.sync()
})
afterAll(() => world.close())

const texts = (query: Parameters<Account['messages']>[0]) =>
  ben.messages(query).map(({ text }) => text)

test('gives the newest lines, oldest first, and pages back from a line', () => {
  const page = ben.messages({ with: 'ann', limit: 5 })
  expect(page.map(({ text }) => text)).toEqual([
    'Line 7 STRASSE',
    'Line 8',
    'Line 9',
    'Line 10',
    'Line 11',
  ])
  const before = page[0]?.id ?? ''
  expect(texts({ with: 'ann', limit: 2, before })).toEqual(['Line 5', 'Line 6'])
  expect(texts({ with: 'ANN', limit: 1 })).toEqual(['Line 11'])
  expect(texts({ with: 'ann', limit: 0 })).toEqual([])
  expect(texts({ with: 'nobody' })).toEqual([])
  expect(texts({ before: 'no such id' })).toEqual([])
})

test('finds by time and by a part of the text in any case', () => {
  const all = ben.messages({ with: 'ann' })
  const at = (n: number): number => Date.parse(all[n]?.at ?? '')
  expect(texts({ since: at(3), until: at(5) })).toEqual(['Line 3', 'Line 4', 'Line 5'])
  expect(texts({ search: 'strasse' })).toEqual(['Line 7 STRASSE'])
  expect(texts({ search: 'line 1', limit: 2 })).toEqual(['Line 10', 'Line 11'])
  expect(texts({ search: '%' })).toEqual([])
})

test('counts unread lines, and marks them read up to a line, in every process', async () => {
  expect(ben.chats()).toMatchObject([
    { name: 'ann', unread: 12, last_text: 'Line 11', trust: 'pinned' },
  ])
  const third = ben.messages({ with: 'ann' })[2]?.id ?? ''
  expect(ben.markRead('ann', third)).toBe(3)
  expect(ben.markRead('ann', 'no such id')).toBe(0)
  const other = await benPerson.open()
  expect(other.chats()[0]?.unread).toBe(9)
  expect(other.messages({ unread: true })).toHaveLength(9)
  expect(other.markRead('ann')).toBe(9)
  expect(ben.messages({ unread: true })).toEqual([])
  expect(ben.markRead('ann')).toBe(0)
})

test('keeps kinds it does not know, and says that a plugin is needed', async () => {
  const body = { question: 'which day?', choices: ['mon', 'tue'] }
  await ann.send('ben', { kind: 'x-poll', body })
  await ben.sync()
  expect(ben.messages({ with: 'ann' }).at(-1)).toMatchObject({
    kind: 'x-poll',
    text: 'a message of kind x-poll (plugin needed)',
    body,
    state: 'received',
  })
})

test('carries any text, and refuses what is too long or empty before anything is kept', async () => {
  const odd = 'a\u0000b\u202e\ud83d\ude00\n\t"\\'
  await ann.send('ben', { text: odd })
  await ben.sync()
  expect(texts({ limit: 1 })).toEqual([odd])
  const lines = ann.messages({ limit: 1000 }).length
  expect(await errorOf(() => ann.send('ben', { text: 'x'.repeat(128 * 1024) }))).toMatchObject({
    code: 'too_large',
  })
  expect(await errorOf(() => ann.send('ben', { text: '' }))).toMatchObject({
    code: 'invalid_request',
  })
  expect(ann.messages({ limit: 1000 })).toHaveLength(lines)
  expect(ann.outbox.list()).toEqual([])
})

test('exports all that is readable, one object at a time, oldest first', () => {
  const lines = [...ben.export()]
  expect(lines[0]).toMatchObject({ type: 'account', name: 'ben' })
  expect(lines[1]).toMatchObject({ type: 'contact', name: 'ann', trust: 'pinned' })
  const messages = lines.filter(({ type }) => type === 'message')
  expect(messages).toHaveLength(14)
  expect(messages[0]).toMatchObject({ text: 'Line 0', from: 'ann' })
})

test('keeps settings, for every process, and refuses others', async () => {
  expect(ben.settings.all()).toEqual({ receipts: 'off' })
  ben.settings.set('receipts', 'on')
  expect((await benPerson.open()).settings.get('receipts')).toBe('on')
  expect(() => ben.settings.set('receipts', 'maybe')).toThrow('receipts is one of: off, on.')
  ben.settings.set('receipts', 'off')
})

test('nothing said, and no contact’s name, stands readable in the profile’s files', async () => {
  // Long enough that no sealed byte spells it by chance.
  const contact = await (await world.person('contact-canary-7b3a', { clock })).open()
  await contact.send('ben', { text: 'canary-4f1c' })
  await ben.sync()
  expect(ben.chats().map(({ name }) => name)).toContain('contact-canary-7b3a')
  for (const suffix of ['', '-wal']) {
    const file = readFileSync(join(benPerson.options.dir, `profile.db${suffix}`)).toString('latin1')
    expect(file).not.toContain('canary-4f1c')
    expect(file).not.toContain('contact-canary')
  }
})

test('takes no remark of this program for the last words of a contact', async () => {
  const withAnn = () => ben.chats().find(({ name }) => name === 'ann')
  const before = withAnn()
  const { vault, close } = await openProfile(benPerson.options)
  const lines = makeLineStore(vault)
  for (let n = 0; n < 12; n += 1) {
    const id = `remark-${n}`
    const line = { id, from: 'ann', to: 'ben', at: clock.now(), contact: parseUserName('ann') }
    const text = 'You verified the key of ann.'
    vault.transaction(() =>
      lines.add(
        vault.tag('remark', id),
        newLine({ ...line, kind: 'notice', text, trust: 'pinned' }),
      ),
    )
  }
  close()
  expect(withAnn()).toEqual(before)
  expect(before?.name).toBe('ann')
})

test('lets nobody else use the kinds of its own remarks', async () => {
  const drafts = ['notice', 'system'].map((kind) => JSON.parse(JSON.stringify({ kind, body: {} })))
  for (const draft of drafts) await ann.send('ben', draft)
  await ben.sync()
  const newest = ben.messages({ with: 'ann', limit: 2 })
  expect(newest.map(({ kind }) => kind)).toEqual(['x-notice', 'x-system'])
})
