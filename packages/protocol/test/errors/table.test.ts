import { readFileSync } from 'node:fs'
import { errorTable, isErrorCode } from '../../src/errors/index.ts'

/** The contract of the API: it changes by decision, never as a side effect. */
const everyServerCode: Record<number, string[]> = {
  400: ['invalid_json', 'bad_cursor', 'token_misplaced'],
  401: [
    'bad_credentials',
    'token_missing',
    'token_invalid',
    'token_stale',
    'token_replayed',
    'session_key_exposed',
  ],
  403: ['not_yours', 'not_accepted', 'registration_closed', 'account_suspended'],
  404: ['not_found', 'no_such_user', 'no_such_session'],
  405: ['method_not_allowed'],
  409: ['name_taken', 'id_reused', 'key_changed'],
  410: ['cursor_expired'],
  413: ['too_large'],
  415: ['unsupported_media_type'],
  422: [
    'invalid_request',
    'name_reserved',
    'weak_key',
    'weak_password',
    'bad_proof',
    'rejected_by_plugin',
  ],
  429: ['rate_limited'],
  431: ['headers_too_large'],
  500: ['internal'],
  503: ['queue_unavailable', 'database_unavailable', 'plugin_failed', 'busy', 'shutting_down'],
}

const exitByStatus: Record<number, number> = { 401: 4, 404: 7, 429: 6, 503: 3 }
const exitByCode: Record<string, number> = { account_suspended: 4, key_changed: 5 }

const rows = Object.entries(errorTable)
const doc = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')

test('has exactly the codes of the API, each with its status and exit code', () => {
  const fromServer = rows.filter(([, { status }]) => status !== null)
  expect(fromServer.map(([code]) => code).sort()).toEqual(
    Object.values(everyServerCode).flat().sort(),
  )
  for (const [code, { status, exit }] of fromServer) {
    expect(everyServerCode[status ?? 0]).toContain(code)
    expect([code, exit]).toEqual([code, exitByCode[code] ?? exitByStatus[status ?? 0] ?? 1])
  }
})

test('docs/errors.md has one row for every code, and says the same', () => {
  const cells = [...doc.matchAll(/^\| `(\w+)` \|(.+)\|$/gm)].map(([, code, rest]) => [
    code,
    ...(rest ?? '').split(/(?<!\\)\|/).map((cell) => cell.trim()),
  ])
  const documented = cells.map(([code, a, b]) => {
    const isServer = Object.values(everyServerCode)
      .flat()
      .includes(code ?? '')
    return isServer
      ? { code, status: Number(a), exit: Number(b) }
      : { code, status: null, exit: Number(a) }
  })
  const table = rows.map(([code, { status, exit }]) => ({ code, status, exit }))
  const byCode = (a: { code?: string | undefined }, b: { code?: string | undefined }) =>
    (a.code ?? '').localeCompare(b.code ?? '')
  expect(documented.sort(byCode)).toEqual(table.sort(byCode))
  for (const row of cells) expect(row.at(-2)).not.toBe('')
})

test('every title is one sentence', () => {
  for (const [, { title }] of rows) expect(title).toMatch(/^[A-Z].+\.$/)
})

test('inherited names are no codes', () => {
  for (const name of ['constructor', '__proto__', 'toString', '', undefined, 1]) {
    expect(isErrorCode(name)).toBe(false)
  }
})
