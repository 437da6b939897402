import { isChatError } from '@secure-chat/protocol'
import { settingsFrom } from '../../src/config.ts'
import { toSource } from '../../src/plugins/index.ts'

const entriesOf = (plugins: unknown) => settingsFrom({ plugins }).plugins

function refusalOf(plugins: unknown): string {
  try {
    entriesOf(plugins)
  } catch (error) {
    if (isChatError(error, 'config_invalid')) return error.message
    throw error
  }
  throw new Error('it was taken')
}

test('names alone are granted everything, entries what they say', () => {
  const all = [
    { use: 'a', grant: 'all' },
    { use: './b', grant: 'all' },
  ]
  expect(entriesOf('a, ./b,')).toEqual(all)
  expect(entriesOf(['a', './b'])).toEqual(all)
  expect(entriesOf(undefined)).toEqual([])
  expect(entriesOf([{ use: 'a', grant: ['routes'], config: { x: 1 } }])).toEqual([
    { use: 'a', grant: ['routes'], config: { x: 1 } },
  ])
  expect(toSource({ use: 'a' }, 5000).grant).toEqual([])
})

test.each<[string, unknown, string]>([
  ['no list', 7, 'must be a list'],
  ['an entry without use', [{ config: {} }], 'entry 1'],
  [
    'an unknown member',
    ['a', { use: 'b', granted: [] }],
    'entry 2 has the member "granted"; there are: use, config, grant',
  ],
  [
    'an unknown capability',
    [{ use: 'a', grant: ['everything'] }],
    '"everything" is none of: transformEnvelope',
  ],
  ['a rule that is none', [{ use: 'a', onFailure: 'ignore' }], 'must be refuse or skip'],
  ['a budget of nothing', [{ use: 'a', timeoutMs: 0 }], 'entry 1.timeoutMs'],
])('%s is refused by its place', (_what, plugins, text) => {
  expect(refusalOf(plugins)).toContain(text)
})

test('the config of an entry is not repeated in what it is refused with', () => {
  expect(refusalOf([{ use: '', config: { secret: 'canary-secret' } }])).not.toContain('canary')
})
