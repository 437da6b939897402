import { setTimeout as sleep } from 'node:timers/promises'
import { signUp } from '../load/accounts.ts'
import { residentBytes, startSecureChat } from '../load/processes.ts'
import { type OpenStream, openStream } from '../load/streams.ts'
import type { Section } from '../report.ts'

const streams = 2_000
const users = 100
const goalKiB = 30

/** Memory that an open stream costs the server while nothing happens. */
export async function idleStreams(): Promise<Section> {
  const server = await startSecureChat()
  try {
    const accounts = await signUp(
      server.url,
      Array.from({ length: users }, (_, index) => `user${index}`),
    )
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
    return {
      name: 'idle-streams',
      title: `Idle streams: ${streams} open at once`,
      rows: [
        {
          what: 'resident memory of the server for each',
          value: `${each.toFixed(1)} KiB`,
          goal: `≤ ${goalKiB} KiB`,
          isMet: each <= goalKiB,
        },
      ],
    }
  } finally {
    await server.stop()
  }
}
