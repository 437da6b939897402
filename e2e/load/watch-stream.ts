/** A client of `GET /chat/stream` that comes back by cursor, on any node, and keeps everything it was told. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { QueueRecord } from '@secure-chat/protocol'
import type { Account } from '../setup/account.ts'
import { atTearDown } from '../setup/tear-down.ts'

export type Event = {
  readonly event: string
  readonly id: string | undefined
  readonly data: Record<string, unknown>
}

export type StreamWatch = {
  /** Every record, as often as it was delivered. */
  readonly records: readonly QueueRecord[]
  /** Everything else that carries data: `ready`, `presence`, `resync`, `end`. */
  readonly events: readonly Event[]
  /** How often a stream was opened. */
  readonly opened: number
  /** Whether it holds at last; looked at after each event, for a minute. Rejects when the stream is refused. */
  until(holds: () => boolean): Promise<boolean>
  /** Resolves when the server has ended the stream for good (`event: end`), or `stop` was called. */
  readonly over: Promise<void>
  stop(): Promise<void>
}

const patienceMs = 60_000

/** Resolves when the stream is open for the first time, so that what is sent from now on is seen. */
export async function watchStream(account: Account, urls: readonly string[]): Promise<StreamWatch> {
  const records: QueueRecord[] = []
  const events: Event[] = []
  const watchers = new Set<() => void>()
  const stopping = new AbortController()
  atTearDown(() => stopping.abort())
  let cursor: string | undefined
  let opened = 0
  let isEnded = false

  function take(event: Event): void {
    cursor = event.id ?? cursor
    if (event.event === 'message') records.push(event.data as unknown as QueueRecord)
    else events.push(event)
    if (event.event === 'end') isEnded = true
    for (const watch of watchers) watch()
  }

  async function follow(): Promise<void> {
    for (let turn = opened; !isEnded && !stopping.signal.aborted; turn += 1) {
      // The next node at each attempt, as a balancer that knows nothing of their state.
      await listen(urls[turn % urls.length] ?? '')
      if (!isEnded) await sleep(100)
    }
  }

  async function listen(url: string): Promise<void> {
    let response: Response
    try {
      response = await fetch(`${url}/chat/stream`, {
        headers: {
          authorization: account.authorization('GET', '/chat/stream'),
          ...(cursor !== undefined && { 'last-event-id': cursor }),
        },
        signal: stopping.signal,
      })
    } catch {
      return
    }
    if (response.status === 503) {
      await response.body?.cancel()
      return
    }
    if (response.status === 400 && (await codeOf(response.clone())) === 'bad_cursor') {
      await readAnew(url)
      return
    }
    if (response.status !== 200 || response.body === null) {
      throw new Error(`The stream was answered ${response.status}: ${await response.text()}`)
    }
    opened += 1
    try {
      for await (const event of eventsOf(response.body)) take(event)
    } catch {
      // The connection broke: the loop comes back.
    }
  }

  /** Another mailbox stands under the name: as the error says, from its start, then on with the stream. */
  async function readAnew(url: string): Promise<void> {
    const { status, body } = await account.at(url).call('GET', '/chat/messages?limit=1000')
    if (status !== 200) return
    for (const record of body.messages as QueueRecord[]) records.push(record)
    cursor = String(body.next)
    for (const watch of watchers) watch()
  }

  const following = follow()
  following.catch(() => {})

  async function until(holds: () => boolean): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const watch = () => {
      if (holds()) resolve(true)
    }
    const timer = setTimeout(() => resolve(holds()), patienceMs)
    watchers.add(watch)
    watch()
    try {
      return await Promise.race([promise, following.then(() => holds())])
    } finally {
      clearTimeout(timer)
      watchers.delete(watch)
    }
  }

  const isOpen = await until(() => events.some(({ event }) => event === 'ready'))
  if (!isOpen) throw new Error(`The stream of ${account.name} did not begin`)
  return {
    records,
    events,
    get opened() {
      return opened
    },
    until,
    over: following,
    async stop() {
      stopping.abort()
      await following
    },
  }
}

async function codeOf(response: Response): Promise<unknown> {
  return Object(await response.json()).code
}

/** WHATWG HTML 9.2, as far as this server uses it: fields `event`, `id` and one line of `data`. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  let rest = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => {
          const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
          return [name, value]
        }),
      )
      const data = fields.get('data')
      if (data === undefined) continue
      yield { event: fields.get('event') ?? '', id: fields.get('id'), data: JSON.parse(data) }
    }
  }
}
