import { describe, expect, test } from '@jest/globals'
import { headOf } from '../../src/format/entry.ts'
import { readLog } from '../../src/verify/read-log.ts'
import { chainOf, envelope, first, range, second, serve, twoChains } from '../support/served-log.ts'

const problemsOf = async (client: ReturnType<typeof serve>) =>
  (await readLog(client)).check.problems()

describe('pages', () => {
  test.each([2, 3, 7, 1000])('of %d entries give the same', async (pageSize) => {
    const { check } = await readLog(serve(twoChains(), { pageSize }))
    expect(check.summary().entries).toBe(20)
    expect(check.problems()).toEqual([])
  })

  test('that come in another order are noticed', async () => {
    const client = serve(twoChains(), { pageSize: 2 })
    const { call } = client
    const swapped = async (method: string, path: string) => {
      const other = path.includes('from=1&') ? path.replace('from=1&', 'from=4&') : path
      return call(method, other)
    }
    expect(await problemsOf({ ...client, call: swapped })).not.toEqual([])
  })

  test('that never end are not read for ever', async () => {
    const client = serve(twoChains())
    const { call } = client
    const endless = async (method: string, path: string) => {
      const answer = Object(await call(method, path))
      return 'entries' in answer ? { ...answer, more: true } : answer
    }
    expect(await problemsOf({ ...client, call: endless })).toEqual([])
  })

  test.each([
    [{ entries: 'none', more: false }],
    [null],
    [{ chains: [{ chain: '../../chat/users', running: true }], more: false }],
  ])('of another form are told as such: %j', async (answer) => {
    const client = { call: async () => answer }
    await expect(readLog(client)).rejects.toMatchObject({ code: 'bad_answer' })
  })
})

describe('a log that goes on while it is read', () => {
  test('may know of entries that came behind the reader', async () => {
    const log = twoChains()
    const [all] = [log[first]]
    const short = { ...log, [first]: all.slice(0, 4) }
    const client = serve(short)
    const { call } = client
    const growing = async (method: string, path: string) => {
      if (path.includes(second)) short[first] = all
      return call(method, path)
    }
    expect(await problemsOf({ ...client, call: growing })).toEqual([])
  })

  test('may lose old entries in between, if it says so in the end', async () => {
    const one = chainOf(
      first,
      range(8).map((at) => envelope(at)),
    )
    const served: Record<string, unknown[]> = { [first]: one, [second]: chainOf(second, []) }
    const client = serve(served)
    const { call } = client
    const pruning = async (method: string, path: string) => {
      if (path.includes('from=2&')) {
        served[first] = one.slice(6)
        const heads = one.slice(5, 6).map(headOf)
        served[second] = chainOf(second, [
          { kind: 'pruned', before: '2026-08-01T00:00:00.000Z', heads },
        ])
      }
      return call(method, path)
    }
    expect(await problemsOf({ ...client, call: pruning })).toEqual([])
  })
})

test('a server without the plugin is told as such', async () => {
  const { ChatError } = await import('@secure-chat/plugin-sdk/cli')
  const client = { call: () => Promise.reject(new ChatError('not_found')) }
  await expect(readLog(client)).rejects.toMatchObject({
    code: 'not_found',
    message: /keeps no audit log/,
  })
})
