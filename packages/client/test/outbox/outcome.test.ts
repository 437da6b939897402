import { ChatError, type ErrorCode, errorTable, isErrorCode } from '@secure-chat/protocol'
import { backOff } from '../../src/live/back-off.ts'
import { outcomeOf, waitAfter } from '../../src/outbox/outcome.ts'

const kindOf = (code: ErrorCode): string => outcomeOf(new ChatError(code)).kind

test.each<[string, ErrorCode[]]>([
  [
    'offline',
    [
      'network_unreachable',
      'timeout',
      'bad_answer',
      'internal',
      'busy',
      'shutting_down',
      'queue_unavailable',
      'database_unavailable',
      'not_found',
    ],
  ],
  [
    'refused',
    [
      'no_such_user',
      'not_accepted',
      'rejected_by_plugin',
      'too_large',
      'invalid_request',
      'name_reserved',
    ],
  ],
  ['later', ['rate_limited', 'plugin_failed']],
  ['key_changed', ['key_changed']],
  ['id_taken', ['id_reused']],
  [
    'fatal',
    [
      'token_invalid',
      'token_stale',
      'session_key_exposed',
      'account_suspended',
      'not_signed_in',
      'disk_full',
      'vault_locked',
      'clock_off',
      'interrupted',
    ],
  ],
])('%s', (kind, codes) => {
  expect(codes.map(kindOf)).toEqual(codes.map(() => kind))
})

test('a refusal keeps what the server says to the sender, and no more of it than plugins may say', () => {
  const refusalFor = (reason: unknown) =>
    outcomeOf(new ChatError('rejected_by_plugin', 'x', { members: { reason } }))
  const code = 'rejected_by_plugin'
  expect(refusalFor('Wait.')).toEqual({ kind: 'refused', refusal: { code, detail: 'Wait.' } })
  expect(refusalFor(undefined)).toEqual({ kind: 'refused', refusal: { code } })
  expect(refusalFor('x'.repeat(10_000))).toMatchObject({ refusal: { detail: 'x'.repeat(200) } })
})

test('every code has an outcome, and no code of ours alone counts as a refusal of the server', () => {
  for (const code of Object.keys(errorTable).filter(isErrorCode)) {
    if (errorTable[code].status === null) expect(kindOf(code)).not.toBe('refused')
  }
  expect(outcomeOf(new Error('a bug'))).toEqual({ kind: 'fatal' })
})

test('waits double up to a bound, and half of a wait is chance', () => {
  expect([0, 1, 2, 3, 30].map(waitAfter)).toEqual([1_000, 2_000, 4_000, 8_000, 300_000])
  expect([0, 1, 20].map((attempt) => backOff(attempt, () => 0))).toEqual([250, 500, 15_000])
  expect([0, 1, 20].map((attempt) => backOff(attempt, () => 1))).toEqual([500, 1_000, 30_000])
})
