import { setTimeout as sleep } from 'node:timers/promises'
import { rawRequest, signUp } from '../load/accounts.ts'
import { runLoad } from '../load/http-load.ts'
import { residentBytes, startSecureChat } from '../load/processes.ts'
import { type OpenStream, openStream } from '../load/streams.ts'
import type { Section } from '../report.ts'

const streams = 2_000
const users = 100
const goalKiB = 30
const warmUpCalls = 30_000

/**
 * Memory that an open stream costs the server while nothing happens. A server in use has compiled code, pools and a
 * young generation at its full size; on one that has just started these grow with the first calls of any kind, so
 * there the same figure contains them.
 */
export async function idleStreams(): Promise<Section> {
  const inUse = await kibOfEach(warmUpCalls)
  const justStarted = await kibOfEach(0)
  return {
    name: 'idle-streams',
    title: `Idle streams: ${streams} open at once`,
    rows: [
      {
        what: `resident memory of the server for each, after ${warmUpCalls.toLocaleString('en')} calls`,
        value: `${inUse.toFixed(1)} KiB`,
        goal: `≤ ${goalKiB} KiB`,
        isMet: inUse <= goalKiB,
      },
      {
        what: 'the same on a server that has just started, its growth included',
        value: `${justStarted.toFixed(1)} KiB`,
      },
    ],
  }
}

async function kibOfEach(callsBefore: number): Promise<number> {
  const server = await startSecureChat()
  try {
    const accounts = await signUp(
      server.url,
      Array.from({ length: users }, (_, index) => `user${index}`),
    )
    const calls = Array.from({ length: Math.ceil(callsBefore / users) }, () =>
      accounts.map((account) => rawRequest(server.url, account, 'GET', '/chat/messages')),
    )
    await runLoad(server.url, calls.flat(), 64)
    const open: OpenStream[] = []
    const openMany = async (count: number) => {
      for (let done = 0; done < count; done += accounts.length) {
        const more = accounts.map((account) => openStream(server.url, account, () => undefined))
        open.push(...(await Promise.all(more)))
      }
    }
    // The first hundreds pay for code and pools that later ones share.
    await openMany(400)
    await sleep(3_000)
    const before = residentBytes(server.pid)
    await openMany(streams)
    await sleep(3_000)
    const each = (residentBytes(server.pid) - before) / streams / 1024
    for (const stream of open) stream.close()
    return each
  } finally {
    await server.stop()
  }
}
