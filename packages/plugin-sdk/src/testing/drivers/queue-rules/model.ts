import type { Cursor, UserName } from '@secure-chat/protocol'
import type fc from 'fast-check'
import type { MessageQueue } from '../../../server/index.ts'
import type { OpenQueue } from '../queue-under-test.ts'
import { expect, test } from '../suite.ts'
import { expireAll, follow, newUser, readAll, record, runs } from './kit.ts'

/** What a mailbox must look like: every text ever written, how many of them retention took, and known places. */
type Box = {
  readonly written: string[]
  first: number
  readonly places: Array<{ cursor: Cursor; at: number }>
}
type Model = { readonly boxes: [Box, Box] }
type Real = {
  queue: MessageQueue
  readonly users: [UserName, UserName]
  readonly reopen: (() => Promise<MessageQueue>) | undefined
}
type Command = fc.AsyncCommand<Model, Real>
type Which = 0 | 1

const newBox = (): Box => ({ written: [], first: 0, places: [] })
const newModel = (): Model => ({ boxes: [newBox(), newBox()] })
const always = () => true

const enqueue = (which: Which, texts: readonly string[]): Command => ({
  check: always,
  async run(model, { queue, users }) {
    await Promise.all(texts.map((text) => queue.enqueue(users[which], record(text))))
    model.boxes[which].written.push(...texts)
  },
  toString: () => `enqueue(${which}, ${JSON.stringify(texts)})`,
})

const enqueueBoth = (text: string): Command => ({
  check: always,
  async run(model, { queue, users }) {
    await queue.enqueueAll(users.map((user) => ({ user, record: record(text) })))
    for (const box of model.boxes) box.written.push(text)
  },
  toString: () => `enqueueBoth(${JSON.stringify(text)})`,
})

/** Reads a page from a known place, and remembers the places it names. */
const read = (which: Which, place: number, limit: number): Command => ({
  check: always,
  async run(model, { queue, users }) {
    const box = model.boxes[which]
    const from = box.places[place % Math.max(1, box.places.length)]
    const start = from?.at ?? box.first
    const call = queue.read(users[which], { limit, ...(from && { after: from.cursor }) })
    if (start < box.first) {
      const error = await call.catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'cursor_expired' })
      const { resume } = (error as { members: { resume: Cursor } }).members
      const rest = await readAll(queue, users[which], { after: resume })
      expect(rest.map((each) => each.message)).toEqual(box.written.slice(box.first))
      return
    }
    const page = await call
    const end = Math.min(start + limit, box.written.length)
    expect(page.items.map((item) => item.record.message)).toEqual(box.written.slice(start, end))
    expect(page.more).toBe(end < box.written.length)
    box.places.push({ cursor: page.next, at: end })
    for (const [index, { cursor }] of page.items.entries()) {
      box.places.push({ cursor, at: start + index + 1 })
    }
  },
  toString: () => `read(${which}, place ${place}, limit ${limit})`,
})

/** Follows from a known place while more is written. */
const tail = (which: Which, place: number, texts: readonly string[]): Command => ({
  check: always,
  async run(model, { queue, users }) {
    const box = model.boxes[which]
    const usable = box.places.filter(({ at }) => at >= box.first)
    const from = usable[place % Math.max(1, usable.length)] ?? {
      cursor: await queue.end(users[which]),
      at: box.written.length,
    }
    const follower = follow(queue, users[which], from.cursor)
    const marked = [...texts, 'mark']
    await Promise.all(marked.map((text) => queue.enqueue(users[which], record(text))))
    box.written.push(...marked)
    const expected = box.written.slice(from.at)
    await follower.got(expected.length)
    follower.tail.close()
    expect(follower.messages()).toEqual(expected)
  },
  toString: () => `tail(${which}, place ${place}, ${JSON.stringify(texts)})`,
})

/** Retention takes from the old end only; how much "about" so many bytes are is the engine's. */
const expire = (maxBytes: number): Command => ({
  check: always,
  async run(model, { queue, users }) {
    const removed = await expireAll(queue, { before: 0, maxBytes })
    if (!queue.supports.expiry) expect(removed).toBe(0)
    for (const which of [0, 1] as const) {
      const box = model.boxes[which]
      const kept = (await readAll(queue, users[which])).map((each) => each.message)
      const first = box.written.length - kept.length
      expect(first).toBeGreaterThanOrEqual(box.first)
      expect(kept).toEqual(box.written.slice(first))
      if (maxBytes === 0 && queue.supports.expiry) expect(kept).toEqual([])
      box.first = first
    }
  },
  toString: () => `expire(${maxBytes})`,
})

const remove = (which: Which): Command => ({
  check: always,
  async run(model, real) {
    await real.queue.removeMailbox(real.users[which])
    // Names are never given out again, so the next one starts afresh.
    real.users[which] = newUser()
    model.boxes[which] = newBox()
  },
  toString: () => `remove(${which})`,
})

const reopen = (): Command => ({
  check: always,
  async run(_model, real) {
    if (real.reopen && real.queue.supports.durability) real.queue = await real.reopen()
  },
  toString: () => 'reopen',
})

export function modelRules(open: OpenQueue): void {
  test('does what a list of texts would do, whatever is asked of it in whatever order', async () => {
    const { default: fc } = await import('fast-check')
    const opened = await open()
    const which = fc.constantFrom<Which>(0, 1)
    const text = fc
      .string({ unit: 'binary', maxLength: 30 })
      .map((raw) => raw.replaceAll('\0', '0'))
    const texts = fc.array(text, { minLength: 1, maxLength: 8 })
    const place = fc.nat(50)
    const commands = fc.commands(
      [
        fc.tuple(which, texts).map((o) => enqueue(...o)),
        text.map(enqueueBoth),
        fc.tuple(which, place, fc.integer({ min: 1, max: 12 })).map((o) => read(...o)),
        fc.tuple(which, place, fc.integer({ min: 1, max: 12 })).map((o) => read(...o)),
        fc.tuple(which, place, texts).map((o) => tail(...o)),
        fc.constantFrom(0, 500, 2000).map(expire),
        which.map(remove),
        fc.constant(reopen()),
      ],
      { maxCommands: 40 },
    )
    const real: Real = { queue: opened.queue, users: [newUser(), newUser()], reopen: opened.reopen }
    await fc.assert(
      fc.asyncProperty(commands, async (run) => {
        real.users[0] = newUser()
        real.users[1] = newUser()
        await fc.asyncModelRun(() => ({ model: newModel(), real }), run)
      }),
      runs(25),
    )
    await opened.close()
  }, 120_000)
}
