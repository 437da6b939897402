import { endpoints, parseInput } from '../src/index.ts'
import { thrown } from './thrown.ts'

const { register, readMessages, revokeSession } = endpoints
const good = { name: 'alice', password: 'correct horse', 'pub-key': 'x' }
const failing = (body: unknown) => thrown(() => parseInput(register.body, body, 'body'))

test('names every field at fault by its pointer', () => {
  expect(failing({ name: 1, password: 'correct horse' }).errors).toEqual([
    { pointer: '#/name', detail: 'must be of type string' },
    { pointer: '#/pub-key', detail: 'is required' },
  ])
  expect(thrown(() => parseInput(readMessages.query, { limit: 'x' }, 'query')).errors).toEqual([
    { pointer: '?limit', detail: 'must be a whole number from 1 to 1000' },
  ])
  expect(
    thrown(() => parseInput(revokeSession.params, { session_id: '1' }, 'path')).errors,
  ).toEqual([{ pointer: '{session_id}', detail: 'must be 16 lower-case hex digits' }])
})

test('a body that is no object is invalid as a whole', () => {
  for (const body of [undefined, null, 1, 'text', [], true]) {
    expect(failing(body)).toMatchObject({ code: 'invalid_request' })
    expect(failing(body).errors[0]?.pointer).toBe('#')
  }
})

test('a special code speaks only when nothing else is wrong', () => {
  expect(failing({ ...good, name: 'System' }).code).toBe('name_reserved')
  expect(failing({ ...good, password: 'short' }).code).toBe('weak_password')
  expect(failing({ ...good, name: 'system', password: 'short' }).code).toBe('invalid_request')
  expect(failing({ name: 'system', password: 'long enough' }).code).toBe('invalid_request')
})

test('repeats nothing that was sent', () => {
  const error = failing({
    name: 'sEcReT!',
    password: ['sEcReT!'],
    'pub-key': { sEcReT: 1 },
    sEcReT: 2,
  })
  expect(JSON.stringify([error.message, error.errors])).not.toContain('sEcReT')
})

test('ignores unknown fields and hands none on', () => {
  expect(parseInput(register.body, { ...good, isAdmin: true, constructor: 1 }, 'body')).toEqual(
    good,
  )
})
