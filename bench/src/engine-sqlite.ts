/** The embedded queue by itself: how much of the bare engine is left, and what a page costs. Runs alone too: `node --conditions=source bench/src/engine-sqlite.ts`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { QueueRecord, UserName } from '@secure-chat/protocol'
import { openSqliteQueue } from '../../packages/server/src/drivers/sqlite/index.ts'
import type { Clock, MessageQueue } from '../../packages/server/src/ports/index.ts'
import { median, type Section, sectionText } from './report.ts'

const users = Array.from({ length: 1000 }, (_, index) => `user-${index}` as UserName)
const inFlight = 256
const writes = 100_000
const stored = 100_000
const pageLimit = 100
const rounds = 5
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: () => () => undefined,
}
const message = 'x'.repeat(1024)

type Cost = { readonly perSecond: number; readonly cpuMicros: number }

function newRecord(index: number): QueueRecord {
  return {
    id: `0196b8a0-0000-7000-8000-${String(index).padStart(12, '0')}`,
    type: 'CHAT_MESSAGE',
    sender: 'alice',
    message,
    timestamp: '2026-11-23T18:00:00.000Z',
  }
}

async function cost(count: number, work: () => Promise<void> | void): Promise<Cost> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await work()
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (count / ms) * 1000, cpuMicros: (user + system) / count }
}

const userAt = (index: number) => users[(index * 7) % users.length] as UserName

/** As many writes as there are connections wait at any time; each is followed by the next. */
async function throughPort(queue: MessageQueue): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < writes) {
      const index = next++
      await queue.enqueue(userAt(index), newRecord(index))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

/** The least that durable storage in the same shape costs: the same batches without the port around them. */
function bareEngine(dir: string): void {
  const db = new DatabaseSync(join(dir, 'bare.sqlite'))
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
    CREATE TABLE message (id INTEGER PRIMARY KEY, mailbox INTEGER, place INTEGER, record TEXT);
    CREATE UNIQUE INDEX by_mailbox ON message (mailbox, place)`)
  const insert = db.prepare('INSERT INTO message (mailbox, place, record) VALUES (?, ?, ?)')
  for (let from = 0; from < writes; from += inFlight) {
    db.exec('BEGIN')
    for (let index = from; index < Math.min(from + inFlight, writes); index++) {
      insert.run((index * 7) % users.length, index, JSON.stringify(newRecord(index)))
    }
    db.exec('COMMIT')
  }
  db.close()
}

async function pages(queue: MessageQueue): Promise<{ startMs: number; ratio: number }> {
  const user = 'long' as UserName
  for (let from = 0; from < stored; from += 1000) {
    await queue.enqueueAll(
      Array.from({ length: 1000 }, (_, index) => ({ user, record: newRecord(from + index) })),
    )
  }
  let middle = await queue.read(user, { limit: 1000 })
  for (let at = 1000; at < stored / 2; at += 1000) {
    middle = await queue.read(user, { limit: 1000, after: middle.next })
  }
  const time = async (after: typeof middle.next | undefined) => {
    const times: number[] = []
    for (let count = 0; count < 200; count++) {
      const start = performance.now()
      await queue.read(user, { limit: pageLimit, ...(after && { after }) })
      times.push(performance.now() - start)
    }
    return median(times)
  }
  await time(undefined)
  const starts: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const fromStart = await time(undefined)
    starts.push(fromStart)
    ratios.push((await time(middle.next)) / fromStart)
  }
  return { startMs: median(starts), ratio: median(ratios) }
}

/** 200 live tails, each gets one in two hundred of the messages: what delivery adds to a write. */
async function withTails(queue: MessageQueue): Promise<{ delivered: number; cost: Cost }> {
  let delivered = 0
  const ignore = () => undefined
  const sink = {
    onItem() {
      delivered += 1
    },
    onExpired: ignore,
    onError: ignore,
  }
  const followed = users.slice(0, 200)
  for (const user of followed) queue.tail(user, await queue.end(user), sink)
  const count = 20_000
  const spent = await cost(count, async () => {
    for (let from = 0; from < count; from += 200) {
      await Promise.all(followed.map((user, index) => queue.enqueue(user, newRecord(from + index))))
    }
  })
  return { delivered: delivered / count, cost: spent }
}

export async function engineSqlite(): Promise<Section> {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-bench-'))
  const queue = await openSqliteQueue({ dir, clock })
  try {
    for (const user of users) await queue.createMailbox(user)
    const bare = await cost(writes, () => bareEngine(dir))
    const port = await cost(writes, () => throughPort(queue))
    const page = await pages(queue)
    const tails = await withTails(queue)
    const ratio = port.perSecond / bare.perSecond
    return {
      name: 'engine-sqlite',
      title: 'Embedded queue: 1 KiB messages, 1,000 mailboxes, 256 writes in flight',
      rows: [
        { what: 'bare node:sqlite, the same batches', value: describe(bare) },
        {
          what: 'durable writes through the port',
          value: `${describe(port)}, ${ratio.toFixed(2)} of bare`,
          goal: '≥ 0.50 of bare',
          isMet: ratio >= 0.5,
        },
        {
          what: 'the same with 200 live tails, each message delivered',
          value: `${describe(tails.cost)}, ${tails.delivered.toFixed(2)} delivered of each`,
        },
        {
          what: `a page of ${pageLimit} from the start of 100,000`,
          value: `${page.startMs.toFixed(3)} ms`,
        },
        {
          what: 'a page from the middle against one from the start',
          value: page.ratio.toFixed(2),
          goal: '≤ 1.10 (no more, within noise)',
          isMet: page.ratio <= 1.1,
        },
      ],
    }
  } finally {
    await queue.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

function describe({ perSecond, cpuMicros }: Cost): string {
  return `${Math.round(perSecond).toLocaleString('en')} msg/s, ${cpuMicros.toFixed(1)} µs CPU each`
}

if (import.meta.main) process.stdout.write(`${sectionText(await engineSqlite())}\n`)
