import { authorization, type LoadAccount, rawRequest, signUp } from '../load/accounts.ts'
import { runLoad } from '../load/http-load.ts'
import { startSecureChat } from '../load/processes.ts'
import { median, ms, percentile, type Section } from '../report.ts'

const stored = 100_000
const page = 100
const reads = 300
const goalMs = 3
const message = 'x'.repeat(1024)

/** `GET /chat/messages` of 100 × 1 KiB, from the start and from the middle of a long mailbox. */
export async function read(): Promise<Section> {
  const server = await startSecureChat()
  try {
    const [reader, sender] = await signUp(server.url, ['reader', 'sender'])
    if (!reader || !sender) throw new Error('There are no accounts')
    await fill(server.url, sender, reader)
    const middle = await cursorAt(server.url, reader, stored / 2)
    const target = (after?: string) =>
      `/chat/messages?limit=${page}${after ? `&after=${encodeURIComponent(after)}` : ''}`
    const measure = (after?: string) =>
      runLoad(
        server.url,
        Array.from({ length: reads }, () => rawRequest(server.url, reader, 'GET', target(after))),
        1,
      )
    await measure()
    const ratios: number[] = []
    const startTimes: number[] = []
    for (let round = 0; round < 5; round++) {
      const fromStart = await measure()
      const fromMiddle = await measure(middle)
      ratios.push(median(fromMiddle.latenciesMs) / median(fromStart.latenciesMs))
      startTimes.push(...fromStart.latenciesMs)
    }
    const p50 = percentile(startTimes, 50)
    const ratio = median(ratios)
    return {
      name: 'read',
      title: 'Reading: `GET /chat/messages`, 100 × 1 KiB of 100,000',
      rows: [
        {
          what: 'p50 / p99 of a page',
          value: `${ms(p50)} / ${ms(percentile(startTimes, 99))}`,
          goal: `p50 ≤ ${goalMs} ms`,
          isMet: p50 <= goalMs,
        },
        {
          what: 'a page from the middle against one from the start (median of 5 pairs)',
          value: ratio.toFixed(2),
          goal: '≤ 1.10 (no more, within noise)',
          isMet: ratio <= 1.1,
        },
      ],
    }
  } finally {
    await server.stop()
  }
}

async function fill(url: URL, sender: LoadAccount, reader: LoadAccount): Promise<void> {
  for (let done = 0; done < stored; done += 10_000) {
    const requests = Array.from({ length: 10_000 }, () =>
      rawRequest(url, sender, 'POST', `/chat/${reader.name}`, { message }),
    )
    await runLoad(url, requests, 64)
  }
}

async function cursorAt(url: URL, reader: LoadAccount, count: number): Promise<string> {
  let cursor = ''
  for (let seen = 0; seen < count; seen += 1000) {
    const target = `/chat/messages?limit=1000${cursor ? `&after=${encodeURIComponent(cursor)}` : ''}`
    const answer = await get(url, reader, target)
    cursor = answer.next
  }
  return cursor
}

async function get(url: URL, account: LoadAccount, target: string): Promise<{ next: string }> {
  const answer = await fetch(new URL(target, url), {
    headers: { authorization: authorization(account, 'GET', target) },
  })
  return (await answer.json()) as { next: string }
}
