import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jest } from '@jest/globals'
import { heard, remarks } from '../support/envelopes.ts'
import { makeWire } from '../support/wire.ts'
import { type Person, startWorld, type World } from '../support/world.ts'

jest.setTimeout(120_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const script = fileURLToPath(new URL('../support/send-process.ts', import.meta.url))
const run = promisify(execFile)

function sendFromProcess(person: Person, to: string, label: string, count: number) {
  const { dir, server = '' } = person.options
  const args = ['--conditions=source', script, dir, server, to, label, String(count)]
  return run(process.execPath, args)
}

test('several processes send from one profile at once: all arrives once, in each one’s order, no number twice', async () => {
  const ann = await world.person('ann')
  const ben = await (await world.person('ben')).open()
  const labels = ['p', 'q', 'r', 's']
  const each = 15
  const outputs = await Promise.all(labels.map((label) => sendFromProcess(ann, 'ben', label, each)))
  for (const { stdout } of outputs) expect(JSON.parse(stdout)).toEqual({ sent: each })
  await ben.sync()
  const texts = heard(ben, 'ann')
  for (const label of labels) {
    expect(texts.filter((text) => text.startsWith(label))).toEqual(
      Array.from({ length: each }, (_, n) => `${label}-${n}`),
    )
  }
  expect(texts).toHaveLength(labels.length * each)
  // A number given twice would show as an attack or as unreadable, one lost as a gap.
  expect(remarks(ben, 'ann')).toEqual([])
  const anns = await ann.open()
  expect(anns.outbox.list()).toEqual([])
  expect(new Set(anns.messages({ limit: 1000 }).map(({ state }) => state))).toEqual(
    new Set(['sent']),
  )
})

test('lines kept for somebody never met, then several processes at once: the kept ones go first, each once', async () => {
  const wire = makeWire()
  const gil = await world.person('gil', { transport: wire.transport })
  const hal = await (await world.person('hal')).open()
  const offline = await gil.open()
  wire.cut()
  const kept = ['k-0', 'k-1', 'k-2']
  for (const text of kept) await offline.send('hal', { text })
  const labels = ['p', 'q', 'r']
  await Promise.all(labels.map((label) => sendFromProcess(gil, 'hal', label, 5)))
  expect(offline.outbox.list()).toEqual([])
  await hal.sync()
  const texts = heard(hal, 'gil')
  expect(texts.slice(0, kept.length)).toEqual(kept)
  expect(texts).toHaveLength(kept.length + labels.length * 5)
  expect(new Set(texts).size).toBe(texts.length)
  for (const label of labels) {
    expect(texts.filter((text) => text.startsWith(label))).toEqual(
      Array.from({ length: 5 }, (_, n) => `${label}-${n}`),
    )
  }
  expect(remarks(hal, 'gil')).toEqual([])
})

test('a process killed by SIGKILL while it sends: another goes on at once, all arrives once', async () => {
  const eve = await world.person('eve')
  const fay = await (await world.person('fay')).open()
  const { dir, server = '' } = eve.options
  const args = ['--conditions=source', script, dir, server, 'fay', 'k', '500']
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const stop = new AbortController()
  for await (const event of fay.live({ signal: stop.signal })) {
    if (event.type !== 'message' || event.message.text !== 'k-5') continue
    child.kill('SIGKILL')
    stop.abort()
  }
  await ended
  const next = await eve.open()
  expect(await next.send('fay', { text: 'goes on' })).toMatchObject({ state: 'sent' })
  await fay.sync()
  const sent = next.messages({ limit: 1000 })
  expect(heard(fay, 'eve')).toEqual(sent.map(({ text }) => text))
  expect(new Set(sent.map(({ state }) => state))).toEqual(new Set(['sent']))
  expect(sent.length).toBeGreaterThan(6)
  expect(remarks(fay, 'eve')).toEqual([])
})

test('processes that read the mailbox of one profile at once keep every line once', async () => {
  const cat = await (await world.person('cat')).open()
  const dan = await world.person('dan')
  const texts = Array.from({ length: 40 }, (_, n) => String(n))
  for (const text of texts) await cat.send('dan', { text })
  const readers = await Promise.all([dan.open(), dan.open(), dan.open()])
  await Promise.all(readers.map((reader) => reader.sync()))
  for (const reader of readers) {
    expect(heard(reader, 'cat')).toEqual(texts)
    expect(remarks(reader, 'cat')).toEqual([])
  }
})
