import fc from 'fast-check'
import {
  ChatError,
  errorTable,
  fromProblem,
  isChatError,
  toProblem,
} from '../../src/errors/index.ts'
import { runs } from '../runs.ts'

test('an error of the server arrives at the client as itself', () => {
  for (const [code, { status }] of Object.entries(errorTable)) {
    if (status === null) continue
    const sent = new ChatError(code as keyof typeof errorTable, 'What happened.', {
      members: { resume: 'AAAA' },
      errors: [{ pointer: '#/name', detail: 'is required' }],
    })
    const wire: unknown = JSON.parse(JSON.stringify(toProblem(sent, 'r1')))
    const got = fromProblem(wire, status)
    expect(got).toMatchObject({ code, status, message: 'What happened.' })
    expect(got.members).toEqual({ resume: 'AAAA' })
    expect(got.errors).toEqual(sent.errors)
  }
})

test('the problem has every documented member, and no stack', () => {
  const problem = toProblem(new ChatError('no_such_user'), 'r1')
  expect(problem).toEqual({
    type: 'urn:secure-chat:error:no_such_user',
    title: 'There is no user of this name.',
    status: 404,
    detail: 'There is no user of this name.',
    code: 'no_such_user',
    error: 'There is no user of this name.',
    request_id: 'r1',
  })
})

test('members cannot replace the standard ones', () => {
  const error = new ChatError('no_such_user', 'x', { members: { code: 'internal', status: 200 } })
  expect(toProblem(error, 'r1')).toMatchObject({ code: 'no_such_user', status: 404 })
})

test('a client-side error that reaches an answer tells nothing but internal', () => {
  const problem = toProblem(new ChatError('disk_full', '/home/alice is full'), 'r1')
  expect(problem).toMatchObject({ code: 'internal', status: 500 })
  expect(JSON.stringify(problem)).not.toContain('alice')
})

test.each([
  ['a client-side code', { code: 'key_not_trusted' }, 409, 'bad_answer'],
  ['a code with another status', { code: 'no_such_user' }, 503, 'busy'],
  ['an inherited name as code', { code: 'constructor' }, 404, 'not_found'],
  ['a gateway page', '<html>', 502, 'busy'],
  ['a rate limit of a proxy', null, 429, 'rate_limited'],
  ['a login wall', {}, 401, 'token_invalid'],
  ['an unknown status', [], 418, 'bad_answer'],
])('does not believe %s', (_, body, status, code) => {
  expect(fromProblem(body, status).code).toBe(code)
})

test.each([
  ['17', 17],
  ['0', 0],
  ['-1', undefined],
  ['1e3', undefined],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  [null, undefined],
  ['99999999999999', undefined],
])('reads Retry-After %s as %s', (header, seconds) => {
  expect(fromProblem({}, 429, header).retryAfterS).toBe(seconds)
})

test('makes an error of anything', () => {
  fc.assert(
    fc.property(fc.anything(), fc.integer({ min: 100, max: 599 }), (body, status) => {
      expect(isChatError(fromProblem(body, status))).toBe(true)
    }),
    runs(200),
  )
})

test('keeps the cause, and has none where none was given', () => {
  const cause = new Error('engine')
  expect(new ChatError('internal', undefined, { cause }).cause).toBe(cause)
  expect('cause' in new ChatError('internal', undefined, { cause: undefined })).toBe(false)
})

test('isChatError narrows by code', () => {
  const error: unknown = new ChatError('busy')
  expect(isChatError(error, 'busy')).toBe(true)
  expect(isChatError(error, 'internal')).toBe(false)
  expect(isChatError({ code: 'busy' })).toBe(false)
})
