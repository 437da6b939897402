import { jest } from '@jest/globals'
import { parseUserName } from '@secure-chat/protocol'
import fc from 'fast-check'
import { type Account, openProfile } from '../../src/index.ts'
import { newLine } from '../../src/messaging/line.ts'
import { makeLineStore } from '../../src/messaging/line-store.ts'
import { runs } from '../fixtures/folders.ts'
import { type Person, startWorld, type World } from '../support/world.ts'

jest.setTimeout(120_000)

// What a bot goes by: what is unread is what is still to be done, and `re` says what was done.

let world: World
let ben: Account
let person: Person
beforeAll(async () => {
  world = await startWorld()
  person = await world.person('ben')
  ben = await person.open()
})
afterAll(() => world.close())

const unread = (account = ben) =>
  account.messages({ unread: true, limit: 1_000_000 }).map(({ from, text }) => `${from} ${text}`)

/** Lines as they lie in the vault once they were opened, whoever chose their ids. */
async function receive(lines: ReadonlyArray<{ from: string; id: string; text: string }>) {
  const { vault, close } = await openProfile(person.options)
  const store = makeLineStore(vault)
  vault.transaction(() => {
    for (const { from, id, text } of lines) {
      const contact = parseUserName(from)
      const said = { id, from, to: 'ben', at: 0, contact, kind: 'text', text }
      store.add(
        vault.tag('test', from, id, text),
        newLine({ ...said, trust: 'pinned', isUnread: true }),
      )
    }
  })
  close()
}

test('an id that another contact has chosen too marks nothing of theirs', async () => {
  await receive([
    { from: 'ann', id: 'one', text: '1' },
    { from: 'ann', id: 'two', text: '2' },
    { from: 'mallory', id: 'one', text: 'yours' },
  ])
  expect(ben.markRead('ann', 'one')).toBe(1)
  expect(unread()).toEqual(['ann 2', 'mallory yours'])
  expect(ben.markRead('mallory', 'two')).toBe(0)
  expect(unread()).toEqual(['ann 2', 'mallory yours'])
  expect(ben.markRead('ann')).toBe(1)
  expect(ben.markRead('mallory')).toBe(1)
})

test('nor does it lead a page of one chat astray', async () => {
  await receive([
    { from: 'fay', id: 'first', text: '1' },
    { from: 'fay', id: 'second', text: '2' },
    { from: 'mallory', id: 'second', text: 'yours again' },
  ])
  const page = ben.messages({ with: 'fay', before: 'second' })
  expect(page.map(({ text }) => text)).toEqual(['1'])
  for (const name of ['fay', 'mallory']) ben.markRead(name)
})

const senders = ['ann', 'cat', 'dan'] as const
const step = fc.record({
  what: fc.constantFrom('receive' as const, 'receive' as const, 'mark' as const, 'all' as const),
  who: fc.constantFrom(...senders),
  // Few, so that senders choose the same.
  id: fc.integer({ min: 0, max: 4 }).map((n) => `id-${n}`),
})

test('marks up to the line in its conversation and nothing else, in any order of coming and marking', async () => {
  const other = await person.open()
  let round = 0
  const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    round += 1
    let lines: { from: string; id: string; text: string }[] = []
    let count = 0
    for (const { what, who, id } of steps) {
      const named = `${round}-${id}`
      const theirs = lines.filter(({ from }) => from === who)
      if (what === 'receive') {
        count += 1
        const line = { from: who, id: `${named}-${count % 3}`, text: `${round}.${count}` }
        if (theirs.some((each) => each.id === line.id)) continue
        await receive([line])
        lines.push(line)
      } else {
        const upTo = what === 'all' ? undefined : theirs.find((each) => each.id.startsWith(named))
        if (what === 'mark' && upTo === undefined) {
          expect(ben.markRead(who, named)).toBe(0)
          continue
        }
        const end = upTo === undefined ? theirs.length : theirs.indexOf(upTo) + 1
        const done = theirs.slice(0, end)
        expect(ben.markRead(who, upTo?.id)).toBe(done.length)
        lines = lines.filter((each) => !done.includes(each))
      }
      const expected = lines.map(({ from, text }) => `${from} ${text}`)
      expect([unread(), unread(other)]).toEqual([expected, expected])
    }
    for (const who of senders) ben.markRead(who)
  })
  await fc.assert(property, { numRuns: runs(25) })
})

test('the answer stands in the history with what it answers, also of one who cannot send now', async () => {
  await world.person('eve')
  const asked = 'the id of a question'
  const { id } = await ben.send('eve', { text: 'answer', re: asked })
  const after = await person.open()
  expect(after.messages({ with: 'eve' })).toMatchObject([
    { id, direction: 'out', re: asked, unread: false },
  ])
  await ben.send('eve', { text: 'not an answer' })
  expect(after.messages({ with: 'eve', limit: 1 })).toMatchObject([{ re: null }])
})
