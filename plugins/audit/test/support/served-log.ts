/** A log as a server would serve it, from entries that a test can do anything to. */
import { checkpointFormat } from '../../src/format/checkpoint.ts'
import { type Entry, headOf, makeSealer, type Statement } from '../../src/format/entry.ts'
import type { Caller } from '../../src/verify/read-log.ts'

export const first = '20261122T060000000Z-00112233aabb'
export const second = '20261123T180000000Z-1f3a9c0b2d4e'

export type ServedLog = Record<string, unknown[]>

export function envelope(at: number, sender = 'alice', recipient = 'bob'): Statement {
  const timestamp = moment(at)
  const id = `15d607b9-5398-4671-a472-${String(at).padStart(12, '0')}`
  const sha256 = String(at % 10).repeat(64)
  return {
    kind: 'envelope',
    envelope: { id, type: 'CHAT_MESSAGE', sender, recipient, timestamp, size: 700 + at, sha256 },
  }
}

export function moment(second: number): string {
  return new Date(Date.UTC(2026, 10, 23, 18, 0, second)).toISOString()
}

export function chainOf(chain: string, statements: readonly Statement[]): Entry[] {
  const seal = makeSealer(chain)
  const start: Statement = { kind: 'start', format: 'secure-chat-audit/1', types: ['CHAT_MESSAGE'] }
  return [start, ...statements].map((statement, at) => seal(statement, moment(at)))
}

/** Two nodes after one another: the second knows where the first one ended. */
export function twoChains(): { [first]: Entry[]; [second]: Entry[] } {
  const one = chainOf(first, [...range(8).map((at) => envelope(at)), { kind: 'end' }])
  const heads = one.slice(-1).map(headOf)
  const two = chainOf(second, [
    { kind: 'heads', heads },
    ...range(8).map((at) => envelope(at + 10)),
  ])
  return { [first]: one, [second]: two }
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at)
}

/** @param pageSize of entries, small enough that there are several pages */
export function serve(
  log: ServedLog,
  { pageSize = 3, running = [second], checkpoint = {} as object } = {},
): Caller & { readonly paths: string[] } {
  const paths: string[] = []
  return {
    paths,
    async call(_method, path) {
      paths.push(path)
      const { pathname, searchParams } = new URL(path, 'http://server')
      if (pathname === '/plugins/audit/checkpoint') {
        return {
          checkpoint: { format: checkpointFormat, at: moment(99), heads: [] },
          ...checkpoint,
        }
      }
      if (pathname === '/plugins/audit/chains') {
        const after = searchParams.get('after') ?? ''
        const [chain, ...more] = Object.keys(log)
          .filter((id) => id > after)
          .sort()
        const chains = chain === undefined ? [] : [{ chain, running: running.includes(chain) }]
        return { chains, more: more.length > 0 }
      }
      const from = Number(searchParams.get('from'))
      const all = log[pathname.split('/').at(-1) ?? ''] ?? []
      const begin = all.findIndex((entry) => !(Object(entry).seq < from))
      const rest = begin === -1 ? [] : all.slice(begin)
      return { entries: structuredClone(rest.slice(0, pageSize)), more: rest.length > pageSize }
    },
  }
}
