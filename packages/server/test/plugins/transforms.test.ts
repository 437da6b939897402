import type { Envelope, Verdict } from '@secure-chat/plugin-sdk/server'
import {
  never,
  type PluginServer,
  pluginOf,
  refusal,
  startWith,
  transform,
} from './support/plugin-server.ts'

let chat: PluginServer
afterEach(() => chat.close())

test('a type that no plugin names has no chain, and no envelope is made for it', async () => {
  chat = await startWith([
    pluginOf('keys-only', {
      transformEnvelope: { types: ['KEY_EXCHANGE'], handler: () => ({ kind: 'pass' }) },
    }),
  ])
  const { pipeline } = chat.server.plugins.points
  expect(pipeline.transformOf('CHAT_MESSAGE')).toBeUndefined()
  expect(pipeline.storedOf('CHAT_MESSAGE')).toBeUndefined()
  expect(pipeline.transformOf('KEY_EXCHANGE')).toBeDefined()
})

test('bands run in order, within a band by the list, and each sees the last result', async () => {
  const seen: string[] = []
  const step = (name: string, band?: 'early' | 'normal' | 'late') =>
    pluginOf(
      name,
      transform(({ meta }) => {
        seen.push(`${name} sees ${Object.keys(meta).join(' ')}`)
        return { kind: 'annotate', meta: { k: name } }
      }, band),
    )
  chat = await startWith([
    step('late-one', 'late'),
    step('normal-one'),
    step('early-one', 'early'),
    step('normal-two', 'normal'),
  ])
  await chat.send('hi')
  expect(seen).toEqual([
    'early-one sees ',
    'normal-one sees early-one.k',
    'normal-two sees early-one.k normal-one.k',
    'late-one sees early-one.k normal-one.k normal-two.k',
  ])
  const [record] = await chat.mailbox('bob')
  expect(record?.meta).toEqual({
    'early-one.k': 'early-one',
    'normal-one.k': 'normal-one',
    'normal-two.k': 'normal-two',
    'late-one.k': 'late-one',
  })
})

test('a rejection stores nothing, ends the chain and carries its reason', async () => {
  let asked = 0
  chat = await startWith([
    pluginOf(
      'slow-mode',
      transform(() => ({ kind: 'reject', reason: 'Too fast.' })),
    ),
    pluginOf(
      'later',
      transform(() => {
        asked += 1
        return { kind: 'pass' }
      }),
    ),
  ])
  const error = await refusal(chat.send('hi'))
  expect([error.code, error.status, error.members.reason]).toEqual([
    'rejected_by_plugin',
    422,
    'Too fast.',
  ])
  expect(asked).toBe(0)
  expect(await chat.mailbox('bob')).toEqual([])
})

test('a reason is made printable and cut at 200 characters', async () => {
  chat = await startWith([
    pluginOf(
      'wordy',
      transform(({ message }) => ({ kind: 'reject', reason: message })),
    ),
  ])
  const reasonOf = async (text: string) => (await refusal(chat.send(text))).members.reason
  expect(await reasonOf('\u001b[2J\u202e')).toBe('\\u{1b}[2J\\u{202e}')
  const long = String(await reasonOf('x'.repeat(500)))
  expect([...long].length).toBe(200)
})

test('a copy goes into further mailboxes under the same id, all or none', async () => {
  chat = await startWith([
    pluginOf(
      'compliance',
      transform(({ message }) => ({ kind: 'copy', to: message.split(' ') })),
    ),
  ])
  await chat.addUser('carol')
  await chat.send('Carol')
  expect(await chat.mailbox('carol')).toEqual(await chat.mailbox('bob'))
  expect((await refusal(chat.send('carol nobody'))).code).toBe('plugin_failed')
  expect(await chat.mailbox('carol')).toHaveLength(1)
})

test('a declared type replaces the type, and who asked for the old or the new one is still asked', async () => {
  const seen: string[] = []
  const note =
    (name: string) =>
    (envelope: Envelope): Verdict => {
      seen.push(`${name} ${envelope.type}`)
      return { kind: 'pass' }
    }
  chat = await startWith([
    pluginOf(
      'retyper',
      transform(() => ({ kind: 'retype', type: 'x-late' })),
      {
        declares: ['x-late'],
      },
    ),
    pluginOf('filter', transform(note('filter'))),
    pluginOf('new-type', { transformEnvelope: { types: ['x-late'], handler: note('new-type') } }),
    pluginOf('early-bird', {
      transformEnvelope: { band: 'early', types: ['x-late'], handler: note('early-bird') },
    }),
  ])
  await chat.send('hi')
  expect(seen).toEqual(['filter x-late', 'new-type x-late'])
  expect(await chat.mailbox('bob')).toMatchObject([{ type: 'x-late', message: 'hi' }])
})

describe('a failure refuses the message and names the plugin in the log alone:', () => {
  const hundredOne = Array.from({ length: 101 }, (_, index) => `user${index}`)
  const cyclic: Record<string, unknown> = { kind: 'annotate' }
  cyclic.meta = cyclic
  test.each<[string, () => unknown]>([
    [
      'it throws',
      () => {
        throw new Error('boom')
      },
    ],
    [
      'it throws what is no error',
      () => {
        throw undefined
      },
    ],
    [
      'it rejects',
      async () => {
        throw new Error('boom')
      },
    ],
    ['it answers nothing', () => undefined],
    ['it answers null', () => null],
    ['it answers a text', () => 'pass'],
    ['it answers an unknown kind', () => ({ kind: 'allow' })],
    [
      'it answers a throwing getter',
      () => ({
        get kind() {
          throw new Error('trap')
        },
      }),
    ],
    [
      'it answers a thenable that throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is the trap
        then() {
          throw new Error('trap')
        },
      }),
    ],
    ['it rejects without a reason', () => ({ kind: 'reject' })],
    ['it rejects with an empty reason', () => ({ kind: 'reject', reason: '' })],
    ['it retypes to a type of the server', () => ({ kind: 'retype', type: 'SYSTEM' })],
    ['it retypes to a type it does not declare', () => ({ kind: 'retype', type: 'x-other' })],
    ['it annotates more than 1 KiB', () => ({ kind: 'annotate', meta: { k: 'x'.repeat(1025) } })],
    ['it annotates what is no text', () => ({ kind: 'annotate', meta: { k: 1 } })],
    ['it annotates half a character', () => ({ kind: 'annotate', meta: { k: '\ud800' } })],
    ['it annotates an empty key', () => ({ kind: 'annotate', meta: { '': 'x' } })],
    ['it annotates a list', () => ({ kind: 'annotate', meta: ['x'] })],
    ['it annotates itself', () => cyclic],
    ['it copies to nobody there', () => ({ kind: 'copy', to: ['nobody'] })],
    ['it copies to more than 100', () => ({ kind: 'copy', to: hundredOne })],
    ['it copies to what is no name', () => ({ kind: 'copy', to: ['../etc'] })],
    ['it copies to no list', () => ({ kind: 'copy', to: 'carol' })],
  ])('%s', async (_rule, handler) => {
    chat = await startWith([pluginOf('faulty', transform(handler as never))])
    const error = await refusal(chat.send('hi', { requestId: 'r-7' }))
    expect([error.code, error.status]).toEqual(['plugin_failed', 503])
    expect(error.message).not.toContain('faulty')
    expect(await chat.mailbox('bob')).toEqual([])
    expect(chat.logged('plugin.failed')).toMatchObject([
      { plugin: 'faulty', hook: 'transformEnvelope', request_id: 'r-7' },
    ])
  })
})

test('what a handler does to its envelope fails it and changes nothing', async () => {
  const attempts: string[] = []
  chat = await startWith([
    pluginOf(
      'mutator',
      transform((envelope) => {
        for (const change of [
          () => Object.assign(envelope, { message: 'other' }),
          () => Object.assign(envelope.meta, { 'mutator.k': 'x' }),
          () => Object.defineProperty(envelope, 'sender', { value: 'mallory' }),
          () => Object.setPrototypeOf(envelope, { type: 'x' }),
        ]) {
          try {
            change()
            attempts.push('changed')
          } catch {
            attempts.push('refused')
          }
        }
        return { kind: 'pass' }
      }),
    ),
  ])
  await chat.send('hi')
  expect(attempts).toEqual(['refused', 'refused', 'refused', 'refused'])
  expect(await chat.mailbox('bob')).toMatchObject([{ message: 'hi', sender: 'alice' }])
})

test('the budget aborts the signal and ends the wait, and what comes later goes nowhere', async () => {
  let reason: unknown
  let rejectLate: (error: Error) => void = () => undefined
  const unhandled: unknown[] = []
  const onUnhandled = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', onUnhandled)
  chat = await startWith([
    pluginOf(
      'hangs',
      transform((_envelope, { signal }) => {
        signal.addEventListener('abort', () => (reason = signal.reason))
        return new Promise((_resolve, reject) => (rejectLate = reject))
      }),
    ),
  ])
  const sent = refusal(chat.send('hi'))
  await chat.clock.advance(249)
  expect(reason).toBeUndefined()
  await chat.clock.advance(1)
  expect((await sent).code).toBe('plugin_failed')
  expect(Object(reason).name).toBe('TimeoutError')
  rejectLate(new Error('too late'))
  await chat.settle()
  process.off('unhandledRejection', onUnhandled)
  expect(unhandled).toEqual([])
  expect(await chat.mailbox('bob')).toEqual([])
})

test('a signal that is asked for after the budget is aborted already', async () => {
  let signal: AbortSignal | undefined
  chat = await startWith([
    pluginOf(
      'asks-late',
      transform(async (_envelope, call) => {
        await new Promise((resolve) => chat.clock.setTimeout(() => resolve(undefined), 300))
        signal = call.signal
        return { kind: 'pass' }
      }),
    ),
  ])
  const sent = refusal(chat.send('hi'))
  await chat.clock.advance(300)
  await sent
  expect(signal?.aborted).toBe(true)
})

test('the operator sets the budget, below the cap of the server', async () => {
  const hangs = (name: string) => pluginOf(name, transform(never))
  chat = await startWith(
    [
      { plugin: hangs('short'), timeoutMs: 50, onFailure: 'skip' },
      { plugin: hangs('capped'), timeoutMs: 60_000 },
    ],
    { pluginTimeoutMaxMs: 1000 },
  )
  const sent = refusal(chat.send('hi'))
  await chat.clock.advance(50)
  await chat.clock.advance(1000)
  expect((await sent).code).toBe('plugin_failed')
  expect(chat.server.plugins.list().map((one) => one.timeout_ms)).toEqual([50, 1000])
})

test('onFailure skip goes on without the plugin', async () => {
  chat = await startWith([
    {
      plugin: pluginOf(
        'throws',
        transform(() => {
          throw new Error('boom')
        }),
      ),
      onFailure: 'skip',
    },
    pluginOf(
      'annotates',
      transform(() => ({ kind: 'annotate', meta: { k: 'v' } })),
    ),
  ])
  await chat.send('hi')
  expect(await chat.mailbox('bob')).toMatchObject([{ meta: { 'annotates.k': 'v' } }])
})

describe('the breaker', () => {
  let calls = 0
  let fails = true
  const flaky = pluginOf(
    'flaky',
    transform(() => {
      calls += 1
      if (fails) throw new Error('boom')
      return { kind: 'pass' }
    }),
  )
  beforeEach(() => {
    calls = 0
    fails = true
  })
  const state = () => chat.server.plugins.list()[0]?.hooks[0]?.breaker

  test('opens at the fifth failure within 30 s, then refuses at once without a call', async () => {
    chat = await startWith([flaky])
    for (let i = 0; i < 5; i++) await refusal(chat.send('hi'))
    expect([calls, state()]).toEqual([5, 'open'])
    const error = await refusal(chat.send('hi'))
    expect([calls, error.code, error.retryAfterS]).toEqual([5, 'plugin_failed', 30])
    expect(chat.logged('plugin.breaker')).toMatchObject([{ plugin: 'flaky', state: 'open' }])
  })

  test('stays closed when the failures are spread over more than 30 s', async () => {
    chat = await startWith([flaky])
    for (let i = 0; i < 10; i++) {
      await refusal(chat.send('hi'))
      await chat.clock.advance(7500)
    }
    expect([calls, state()]).toEqual([10, 'closed'])
  })

  test('after 30 s lets one trial through: a failure opens it again, a success closes it', async () => {
    chat = await startWith([flaky])
    for (let i = 0; i < 5; i++) await refusal(chat.send('hi'))
    await chat.clock.advance(29_999)
    await refusal(chat.send('hi'))
    expect(calls).toBe(5)
    await chat.clock.advance(1)
    await refusal(chat.send('hi'))
    await refusal(chat.send('hi'))
    expect([calls, state()]).toEqual([6, 'open'])
    await chat.clock.advance(30_000)
    fails = false
    await chat.send('hi')
    await chat.send('hi')
    expect([calls, state()]).toEqual([8, 'closed'])
  })

  test('lets nobody else through while the trial is under way', async () => {
    let answer: (verdict: Verdict) => void = () => undefined
    let isSlow = false
    let asked = 0
    chat = await startWith([
      pluginOf(
        'slow-trial',
        transform(() => {
          asked += 1
          if (!isSlow) throw new Error('boom')
          return new Promise<Verdict>((resolve) => (answer = resolve))
        }),
      ),
    ])
    for (let i = 0; i < 5; i++) await refusal(chat.send('hi'))
    await chat.clock.advance(30_000)
    isSlow = true
    const trial = chat.send('trial')
    await chat.settle()
    expect((await refusal(chat.send('other'))).code).toBe('plugin_failed')
    expect([asked, state()]).toEqual([6, 'half-open'])
    answer({ kind: 'pass' })
    await trial
    expect(state()).toBe('closed')
  })

  test('counts calls that began before it opened for nothing', async () => {
    const answers: Array<(error: Error) => void> = []
    chat = await startWith([
      pluginOf(
        'piled-up',
        transform(() => new Promise((_resolve, reject) => answers.push(reject))),
      ),
    ])
    const sent = Array.from({ length: 8 }, () => refusal(chat.send('hi')))
    await chat.settle()
    for (const reject of answers) reject(new Error('boom'))
    await Promise.all(sent)
    await chat.clock.advance(30_000)
    const trial = refusal(chat.send('hi'))
    await chat.settle()
    expect(answers).toHaveLength(9)
    answers[8]?.(new Error('boom'))
    await trial
  })
})
