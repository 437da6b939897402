import { readFileSync } from 'node:fs'
import { type ChatError, isChatError } from '@secure-chat/protocol'
import { makePluginHost, toSource } from '../../src/plugins/index.ts'
import { startFaults } from '../../src/plugins/load/start-fault.ts'
import { silentLog } from '../../src/ports/index.ts'
import { makeVirtualClock } from '../../src/virtual-clock.ts'
import { makePackageFolder, type PackageFolder, smallestModule } from './support/package-folder.ts'

let folder: PackageFolder
beforeEach(() => {
  folder = makePackageFolder()
})
afterEach(() => folder.remove())

/** A thread takes its time to start on a busy machine; nothing here hangs in one. */
const patienceFor = (isIsolated: boolean) => ({
  createMs: isIsolated ? 20_000 : 300,
  closeMs: 300,
  idleMs: 300,
})

/** Loads and makes these; answers the fault of the start, if any. */
async function start(
  ...entries: Array<Parameters<typeof toSource>[0]>
): Promise<ChatError | undefined> {
  const host = makePluginHost({
    sources: entries.map((entry) => toSource({ grant: 'all', ...entry }, 5000)),
    folder: folder.path,
    clock: makeVirtualClock(),
    log: silentLog,
    nextRequestId: () => 'r1',
    patience: patienceFor(entries.some(({ isolate }) => isolate)),
  })
  try {
    await host.load()
    await host.start({
      storage: {} as never,
      users: {} as never,
      queue: {} as never,
      exists: async () => true,
      presenceOf: async () => [],
      announcePresence: async () => undefined,
      onPresenceChanged: () => () => undefined,
    })
    return undefined
  } catch (error) {
    if (isChatError(error, 'config_invalid')) return error
    throw error
  } finally {
    await host.close()
    await host.closeDrivers()
  }
}

async function codeOf(...entries: Array<Parameters<typeof toSource>[0]>): Promise<unknown> {
  return (await start(...entries))?.members.plugin_code
}

const plugin = (body: string) => `export default { name: 'p-one', apiVersion: 1, ${body} }`
const create = (body: string) => plugin(`capabilities: ['onSignedIn'], create: ${body}`)

test('a package is found in node_modules of the folder and above, and by its path', async () => {
  folder.add('stranger', { module: smallestModule('stranger') })
  folder.add('@scope/stranger', { module: smallestModule('scoped') })
  folder.add('./plugins/mine', { module: smallestModule('mine') })
  expect(
    await start({ use: 'stranger' }, { use: '@scope/stranger' }, { use: './plugins/mine' }),
  ).toBeUndefined()
})

test.each<[string, string, Parameters<PackageFolder['add']>[1] | undefined]>([
  ['plugin_not_found', 'there is no such package', undefined],
  ['plugin_not_found', 'its module is not there', {}],
  ['plugin_no_server_half', 'it has no server half', { manifest: { secureChat: { api: '^1' } } }],
  ['plugin_no_server_half', 'it is no plugin', { manifest: { secureChat: undefined } }],
  [
    'plugin_api_range',
    'it is for another contract',
    { manifest: { secureChat: { api: '^2', server: './server.js' } }, module: smallestModule('x') },
  ],
  ['plugin_not_loadable', 'it throws when loaded', { module: 'throw new Error("boom")' }],
  ['plugin_not_loadable', 'it is no JavaScript', { module: 'export default {' }],
  ['plugin_not_loadable', 'it never finishes loading', { module: 'await new Promise(() => {})' }],
  ['plugin_no_default_export', 'it exports by name', { module: 'export const plugin = {}' }],
  ['plugin_bad_shape', 'it exports a function', { module: 'export default () => {}' }],
  ['plugin_bad_shape', 'its name is none', { module: smallestModule('Bad Name') }],
  ['plugin_bad_shape', 'its name is too long', { module: smallestModule('x'.repeat(41)) }],
  ['plugin_bad_shape', 'it has no create', { module: plugin('capabilities: []') }],
  [
    'plugin_bad_shape',
    'it wants what there is not',
    { module: plugin(`capabilities: ['transformMessage'], create() {}`) },
  ],
  [
    'plugin_bad_shape',
    'it declares a type of the server',
    { module: plugin(`capabilities: [], declares: ['SYSTEM'], create() {}`) },
  ],
  [
    'plugin_bad_shape',
    'its schema is none',
    { module: plugin(`capabilities: [], config: {}, create() {}`) },
  ],
  [
    'plugin_api_version',
    'its version is unknown',
    { module: `export default { name: 'p-one', apiVersion: 2, capabilities: [], create() {} }` },
  ],
  ['plugin_create_failed', 'create throws', { module: create('() => { throw new Error("x") }') }],
  ['plugin_create_failed', 'create rejects', { module: create('async () => { throw 7 }') }],
  ['plugin_create_timeout', 'create hangs', { module: create('() => new Promise(() => {})') }],
  ['plugin_keys_differ', 'it returns nothing', { module: create('() => undefined') }],
  ['plugin_keys_differ', 'it returns less', { module: create('() => ({})') }],
  [
    'plugin_keys_differ',
    'it returns more',
    { module: create('() => ({ onSignedIn() {}, onSignedOut() {} })') },
  ],
  [
    'plugin_keys_differ',
    'it returns another key',
    { module: create('() => ({ onMessageStored() {} })') },
  ],
  ['plugin_bad_contribution', 'a hook is none', { module: create('() => ({ onSignedIn: 1 })') }],
  [
    'plugin_bad_contribution',
    'a transform names no type',
    {
      module: plugin(
        `capabilities: ['transformEnvelope'], create: () => ({ transformEnvelope: { types: [], handler() {} } })`,
      ),
    },
  ],
  [
    'plugin_bad_contribution',
    'a band is unknown',
    {
      module: plugin(
        `capabilities: ['transformEnvelope'], create: () => ({ transformEnvelope: { band: 'first', types: ['X'], handler() {} } })`,
      ),
    },
  ],
  [
    'plugin_bad_contribution',
    'a time to live is out of range',
    {
      module: plugin(
        `capabilities: ['presence'], create: () => ({ presence: { ttlMs: 99, lookup() {} } })`,
      ),
    },
  ],
  [
    'plugin_bad_contribution',
    'its routes throw',
    {
      module: plugin(
        `capabilities: ['routes'], create: () => ({ routes: { open() { throw new Error('x') } } })`,
      ),
    },
  ],
  [
    'plugin_scheme_taken',
    'it wants a scheme of the server',
    {
      module: plugin(
        `capabilities: ['queueDriver'], create: () => ({ queueDriver: { scheme: 'kafka', open() {} } })`,
      ),
    },
  ],
])('%s: %s', async (code, _what, content) => {
  if (content !== undefined) folder.add('stranger', content)
  const fault = await start({ use: 'stranger' })
  expect(fault?.members).toEqual({ plugin_code: code, plugin: 'stranger' })
  expect(fault?.message).toContain('Plugin stranger ')
  expect(fault?.message).toContain(`(${code})`)
})

test('plugin_name_taken: two of one name', async () => {
  folder.add('one', { module: smallestModule('same') })
  folder.add('two', { module: smallestModule('same') })
  expect((await start({ use: 'one' }, { use: 'two' }))?.message).toContain(
    'Plugin two is called same, as one is (plugin_name_taken)',
  )
})

test('plugin_scheme_taken: two drivers of one scheme', async () => {
  const driver = (name: string) =>
    `export default { name: '${name}', apiVersion: 1, capabilities: ['queueDriver'], create: () => ({ queueDriver: { scheme: 'own', open() {} } }) }`
  folder.add('one', { module: driver('one-one') })
  folder.add('two', { module: driver('two-two') })
  expect(await codeOf({ use: 'one' }, { use: 'two' })).toBe('plugin_scheme_taken')
})

test('plugin_not_granted: nothing is granted unless said, and what is missing is written out', async () => {
  folder.add('stranger', { module: smallestModule('stranger') })
  const fault = await start({ use: 'stranger', grant: [] })
  expect(fault?.message).toContain(
    'declares onSignedIn, which it is not granted: "grant": ["onSignedIn"]',
  )
  expect(await codeOf({ use: 'stranger', grant: ['onSignedIn', 'routes'] })).toBeUndefined()
})

describe('config', () => {
  const withSchema = (schema: string) =>
    plugin(
      `capabilities: [], config: ${schema}, create: (ctx, config) => { globalThis.given = config; return {} }`,
    )
  /** As the schemas of zod answer. */
  const schema = `{
    async safeParseAsync(value) {
      return typeof value?.every?.ms === 'number'
        ? { success: true, data: { everyMs: value.every.ms } }
        : { success: false, error: { issues: [{ path: ['every', 'ms'], message: 'expected a number' }] } }
    },
  }`

  test('is checked by the schema of the plugin, which makes what create gets', async () => {
    folder.add('stranger', { module: withSchema(schema) })
    expect(await start({ use: 'stranger', config: { every: { ms: 5 } } })).toBeUndefined()
    expect(Object(globalThis).given).toEqual({ everyMs: 5 })
  })

  test('plugin_bad_config: the path of the bad key is named, its value is not', async () => {
    folder.add('stranger', { module: withSchema(schema) })
    const fault = await start({ use: 'stranger', config: { every: { ms: 'canary-secret' } } })
    expect(fault?.message).toContain('config.every.ms: expected a number (plugin_bad_config)')
    expect(JSON.stringify(fault) + fault?.message).not.toContain('canary-secret')
    expect(await codeOf({ use: 'stranger' })).toBe('plugin_bad_config')
  })

  test('plugin_bad_config: one is given to a plugin that takes none', async () => {
    folder.add('stranger', { module: smallestModule('stranger') })
    expect(await codeOf({ use: 'stranger', config: { a: 1 } })).toBe('plugin_bad_config')
    expect(await codeOf({ use: 'stranger', config: {} })).toBeUndefined()
  })
})

test.each(['routes', 'queueDriver', 'databaseDriver'])(
  'plugin_cannot_isolate: %s',
  async (capability) => {
    folder.add('stranger', { module: plugin(`capabilities: ['${capability}'], create() {}`) })
    expect(await codeOf({ use: 'stranger', isolate: true })).toBe('plugin_cannot_isolate')
  },
  30_000,
)

test('a build to CommonJS is found behind its wrapping', async () => {
  folder.add('stranger', {
    file: 'server.cjs',
    module: `exports.default = { name: 'wrapped', apiVersion: 1, capabilities: [], create: () => ({}) }`,
  })
  expect(await start({ use: 'stranger' })).toBeUndefined()
})

test('every code is in the docs with what to do, and the docs know no other', () => {
  const page = readFileSync('docs/plugins/server.md', 'utf8')
  const documented = [...page.matchAll(/^\| `(plugin_[a-z_]+)` \|/gm)].map(([, code]) => code)
  expect(documented).toEqual(Object.keys(startFaults))
})
