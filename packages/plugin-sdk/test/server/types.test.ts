import {
  type Capability,
  type Contributions,
  defineServerPlugin,
  type ServerPlugin,
  type Verdict,
  z,
} from '../../src/server/index.ts'

/** Compiled by `npm run typecheck`: each line below an expected error would be a hole in the contract. */

const base = { name: 'typed', apiVersion: 1, capabilities: ['transformEnvelope'] } as const

test('the answer of defineServerPlugin is what was given', () => {
  const plugin = { ...base, create: () => ({}) }
  expect(defineServerPlugin(plugin)).toBe(plugin)
})

test('the schema types the config that create gets', () => {
  const plugin = defineServerPlugin({
    ...base,
    config: z.object({ everyMs: z.number() }),
    create(ctx, { everyMs }) {
      const wait: number = everyMs
      // @ts-expect-error the schema knows no such key
      const wrong = (config: { everyMs: number }) => config.every
      return {
        transformEnvelope: {
          types: ['CHAT_MESSAGE'],
          handler: (_envelope, { signal }) =>
            signal.aborted || wait < 0 || wrong === undefined
              ? { kind: 'reject', reason: `${ctx.clock.now()}` }
              : { kind: 'pass' },
        },
      }
    },
  })
  expect(plugin.config?.safeParse({ everyMs: 'soon' }).success).toBe(false)
})

test('a plugin with a config of its own is a plugin among others', () => {
  const plugin = defineServerPlugin({
    ...base,
    config: z.object({ everyMs: z.number() }),
    create: (_ctx, { everyMs }) => ({ onSignedIn: () => void everyMs }),
  })
  const plugins: ServerPlugin[] = [plugin, defineServerPlugin({ ...base, create: () => ({}) })]
  expect(plugins).toHaveLength(2)
})

test('a wrong hook name, version or capability does not compile', () => {
  defineServerPlugin({
    ...base,
    // @ts-expect-error there is no such version
    apiVersion: 2,
    create: () => ({}),
  })
  defineServerPlugin({
    ...base,
    // @ts-expect-error close is no capability
    capabilities: ['close'],
    create: () => ({}),
  })
  defineServerPlugin({
    ...base,
    // @ts-expect-error declared types begin with x-
    declares: ['poll'],
    create: () => ({}),
  })
  defineServerPlugin({
    ...base,
    // @ts-expect-error transformMessage is no hook
    create: () => ({ transformMessage: () => ({ kind: 'pass' }) }) satisfies Contributions,
  })
  // @ts-expect-error nor is onMessageStored
  const capability: Capability = 'onMessageStored'
  expect(capability).toBe('onMessageStored')
})

test('a wrong answer of a handler does not compile', () => {
  const wrong: Contributions[] = [
    // @ts-expect-error a verdict is no boolean
    { transformEnvelope: { types: ['CHAT_MESSAGE'], handler: () => true } },
    // @ts-expect-error nor nothing
    { transformEnvelope: { types: ['CHAT_MESSAGE'], handler: () => undefined } },
    // @ts-expect-error types are needed
    { transformEnvelope: { handler: () => ({ kind: 'pass' }) } },
    // @ts-expect-error a registration cannot be annotated
    { onUserRegistering: { handler: () => ({ kind: 'annotate', meta: {} }) } },
    // @ts-expect-error states are four
    { presence: { ttlMs: 1000, lookup: () => ({ alice: { state: 'asleep' } }) } },
    // @ts-expect-error a provider says how long its answers hold
    { presence: { lookup: () => ({}) } },
    {
      transformEnvelope: {
        types: ['CHAT_MESSAGE'],
        handler(envelope) {
          // @ts-expect-error an envelope is read-only
          envelope.message = 'other'
          return { kind: 'pass' }
        },
      },
    },
  ]
  const verdicts: Verdict[] = [
    // @ts-expect-error a rejection says why
    { kind: 'reject' },
    // @ts-expect-error a type of plugins begins with x-
    { kind: 'retype', type: 'SYSTEM' },
    // @ts-expect-error the ciphertext is in no verdict
    { kind: 'pass', message: 'other' },
  ]
  expect([wrong.length, verdicts.length]).toEqual([7, 3])
})
