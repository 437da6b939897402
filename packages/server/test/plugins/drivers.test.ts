import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { openSqliteDatabase, openSqliteQueue } from '../../src/drivers/sqlite/index.ts'
import { systemClock } from '../../src/ops/system-clock.ts'
import { silentLog } from '../../src/ports/index.ts'
import {
  expectFault,
  type PluginServer,
  pluginOf,
  refusal,
  startWith,
} from './support/plugin-server.ts'

const dir = mkdtempSync(join(tmpdir(), 'secure-chat-drivers-'))
let chat: PluginServer | undefined
afterEach(async () => {
  await chat?.close()
  chat = undefined
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** The embedded engines under other schemes, with what happened to them. */
const engines = (steps: string[], keep: (ctx: ServerContext) => void = () => undefined) =>
  pluginOf('engines', {
    queueDriver: {
      scheme: 'own-queue',
      async open(url, ctx) {
        keep(ctx)
        steps.push(`queue ${url.host}${url.pathname}`)
        const queue = await openSqliteQueue({ dir, clock: systemClock, log: silentLog })
        return {
          ...queue,
          async close() {
            steps.push('queue closed')
            await queue.close()
          },
        }
      },
    },
    databaseDriver: {
      scheme: 'own-database',
      async open(url) {
        steps.push(`database ${url.host}`)
        return openSqliteDatabase({ dir, clock: systemClock, log: silentLog })
      },
    },
    close: () => {
      steps.push('plugin closed')
    },
  })
const urls = { queueUrl: 'own-queue://here:1/x', databaseUrl: 'own-database://there' }

test('a URL of its scheme opens the driver of a plugin, which is closed after its engines', async () => {
  const steps: string[] = []
  chat = await startWith(
    [
      engines(steps),
      pluginOf('user', {
        close: () => {
          steps.push('other plugin closed')
        },
      }),
    ],
    urls,
  )
  await chat.send('hi')
  expect(await chat.mailbox('bob')).toMatchObject([{ message: 'hi' }])
  await chat.close()
  expect(steps).toEqual([
    'database there',
    'queue here:1/x',
    'other plugin closed',
    'queue closed',
    'plugin closed',
  ])
})

test('a plugin with a driver has no storage before the engines are open, and has it after', async () => {
  let early: Promise<unknown> | undefined
  let ctx: ServerContext | undefined
  chat = await startWith(
    [
      engines([], (given) => {
        ctx = given
        early = refusal(given.storage.get('k'))
      }),
    ],
    urls,
  )
  expect(await early).toMatchObject({ code: 'plugin_error' })
  await ctx?.storage.set('k', 1)
  expect(await ctx?.storage.get('k')).toBe(1)
})

test('a driver that cannot be opened stops the start, and its plugin is closed', async () => {
  const steps: string[] = []
  const failing = pluginOf('failing', {
    queueDriver: {
      scheme: 'own-queue',
      open: () => Promise.reject(new Error('no broker')),
    },
    close: () => {
      steps.push('closed')
    },
  })
  const start = startWith([failing], { queueUrl: 'own-queue://here' })
  await expectFault(start, 'plugin_create_failed')
  await expect(start).rejects.toThrow('failing could not be opened: no broker')
  expect(steps).toEqual(['closed'])
})

test.each<[string, unknown]>([
  ['supports', undefined],
  ['supports', 'a queue'],
  ['enqueueAll', { supports: {}, createMailbox() {}, removeMailbox() {}, enqueue() {} }],
])('a driver that opens what is no engine stops the start: no %s', async (member, answer) => {
  const odd = pluginOf('odd', {
    queueDriver: { scheme: 'own-queue', open: async () => answer as never },
  })
  const start = startWith([odd], { queueUrl: 'own-queue://here' })
  await expectFault(start, 'plugin_bad_contribution')
  await expect(start).rejects.toThrow(`has no ${member}`)
})

test('a scheme that nobody brings is named, without the URL', async () => {
  const start = startWith([], { queueUrl: 'nowhere://user:canary-secret@host' })
  const error = await start.then(
    () => new Error('started'),
    (thrown: Error) => thrown,
  )
  expect(error.message).toContain('nowhere://')
  expect(error.message).not.toContain('canary-secret')
})

test('a driver in use cannot be switched off', async () => {
  chat = await startWith([engines([])], urls)
  await expect(chat.server.plugins.disable('engines')).rejects.toMatchObject({
    code: 'invalid_request',
  })
  expect(chat.server.plugins.list()[0]?.state).toBe('running')
})
