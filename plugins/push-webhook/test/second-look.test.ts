import { expect, test } from '@jest/globals'
import { makeSecondLook } from '../src/second-look.ts'

type Deps = Parameters<typeof makeSecondLook>[0]

/** Timers run when they are told to, and `accept` fails as often as it is told to. */
function lookAgain({ failures }: { readonly failures: number }) {
  const timers: Array<() => void> = []
  const accepted: Array<[string, string, number]> = []
  const logs: string[] = []
  let now = Date.parse('2026-11-23T18:00:00Z')
  let left = failures
  const nothing = () => undefined
  const ctx = {
    clock: {
      now: () => now,
      monotonic: () => now,
      setTimeout: (callback: () => void) => {
        timers.push(callback)
        return nothing
      },
    },
    log: {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (_: object, text?: string) => void logs.push(String(text)),
    },
    users: {
      presence: async (names: readonly string[]) =>
        Object.fromEntries(names.map((name) => [name, { state: 'offline' }])),
    },
    signal: new AbortController().signal,
  } as unknown as Deps['ctx']
  const look = makeSecondLook({
    ctx,
    usersMax: 10,
    async accept(recipient, newest, messages) {
      if (left-- > 0) throw new Error('the disk is full')
      accepted.push([recipient, newest.id, messages])
    },
  })
  return {
    look,
    accepted,
    logs,
    async pass(ms: number) {
      now += ms
      for (const run of timers.splice(0)) run()
      await new Promise(setImmediate)
    },
  }
}

const message = (id: string) => ({
  id,
  type: 'CHAT_MESSAGE',
  timestamp: '2026-11-23T18:00:00.000Z',
})

test('a notice that could not be stored is tried again, with all messages that it is about', async () => {
  const { look, accepted, logs, pass } = lookAgain({ failures: 2 })
  look.later('bob', message('1'))
  look.later('bob', message('2'))
  await pass(95_000)
  expect(accepted).toEqual([])
  await pass(5000)
  expect(logs).toEqual(Array(2).fill('a notice could not be stored; it is tried again'))
  await pass(5000)
  expect(accepted).toEqual([['bob', '2', 2]])
  await pass(200_000)
  expect(accepted).toHaveLength(1)
})

test('one that fails keeps the others for the next time, and loses none of them', async () => {
  const { look, accepted, pass } = lookAgain({ failures: 1 })
  for (const name of ['ann', 'bob', 'carol']) look.later(name, message(name))
  await pass(95_000)
  await pass(5000)
  expect(accepted.map(([name]) => name).toSorted()).toEqual(['ann', 'bob', 'carol'])
})
