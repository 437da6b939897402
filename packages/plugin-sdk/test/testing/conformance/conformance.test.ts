import { jest } from '@jest/globals'
import { ConformanceError, conformance } from '../../../src/testing/index.ts'
import { leaked, misbehaviours, pluginOf, transform } from './misbehaving.ts'

// Each test starts a whole server, most of them twice.
jest.setTimeout(120_000)

afterEach(() => {
  for (const close of leaked.splice(0)) close()
})

const short = { timeoutMs: 100, patienceMs: 1000, graceMs: 300 }

async function failuresOf(checked: Promise<void>): Promise<readonly string[]> {
  const outcome = await checked.then(
    () => [],
    (error: unknown) => error,
  )
  if (outcome instanceof ConformanceError) return outcome.failures
  if (Array.isArray(outcome)) return outcome
  throw outcome
}

test.each(misbehaviours)('names a plugin that %s', async (_what, plugin, sentence) => {
  const failures = await failuresOf(conformance(plugin, short))
  expect(failures).toContainEqual(expect.stringMatching(sentence))
})

test('passes a plugin that does all it may, and what the process does beside it', async () => {
  const beside = setInterval(() => undefined, 10_000)
  const plugin = pluginOf(
    async ({ storage, log, clock, send }) => {
      await storage.set('started', clock.now())
      const stop = clock.setTimeout(() => log.info('an hour later'), 3_600_000)
      const ticking = setInterval(() => undefined, 1000)
      return {
        ...transform(({ meta }) => ({
          kind: 'annotate',
          meta: { seen: String(Object.keys(meta).length) },
        })),
        async onSignedIn({ name }) {
          await send({ to: name, type: 'x-mine', message: 'hello' }).catch(() => undefined)
          await storage.increment(`in/${name}`, 1, { ttlMs: 60_000 })
        },
        async close() {
          stop()
          clearInterval(ticking)
          await storage.set('ended', clock.now())
          log.info('done')
        },
      }
    },
    { capabilities: ['transformEnvelope', 'onSignedIn'] },
  )
  expect(await failuresOf(conformance(plugin, { graceMs: 300 }))).toEqual([])
  clearInterval(beside)
})

test('passes a plugin that sends to whom it hears of: they have accounts, as on a server', async () => {
  const plugin = pluginOf(
    ({ send, users }) => ({
      ...transform(async ({ sender, recipient }) => {
        await send({ to: sender, type: 'x-mine', message: `to ${recipient}` })
        return { kind: 'pass' }
      }),
      async onSignedIn({ name }) {
        if (!(await users.exists(name))) throw new Error(`${name} has no account`)
        await send({ to: name, type: 'x-mine', message: 'hello' })
      },
    }),
    { capabilities: ['transformEnvelope', 'onSignedIn'] },
  )
  expect(await failuresOf(conformance(plugin, { graceMs: 300 }))).toEqual([])
})

test('passes contributions that are objects of a class', async () => {
  class Rota {
    readonly ttlMs = 1000
    readonly #busy = new Map([['alice', { state: 'busy' as const }]])
    lookup(names: readonly string[]) {
      return Object.fromEntries([...this.#busy].filter(([name]) => names.includes(name)))
    }
  }
  const plugin = pluginOf(() => ({ presence: new Rota() }), { capabilities: ['presence'] })
  expect(await failuresOf(conformance(plugin, { graceMs: 300 }))).toEqual([])
})

test('the error says all that is wrong, with the name of the plugin', async () => {
  const plugin = pluginOf(() => transform(() => undefined))
  await expect(conformance(plugin, short)).rejects.toThrow(
    /^The plugin misbehaving does not conform:\n- It fails in transformEnvelope/,
  )
})
