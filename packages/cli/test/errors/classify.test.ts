import { expect, test } from '@jest/globals'
import { ChatError } from '@secure-chat/protocol/errors'
import { classify } from '../../src/errors/classify.ts'

const oclif = (message: string, exit: number, more: object = {}) =>
  Object.assign(new Error(message), { oclif: { exit }, ...more })

test('our own errors stay as they are', () => {
  const error = new ChatError('timeout')
  expect(classify(error)).toEqual({ kind: 'error', error })
})

test('what oclif refuses is a usage error that names the help of the command', () => {
  const thrown = oclif('Nonexistent flag: --x\nSee more help with --help', 2, {
    parse: { input: { context: { id: 'keys:show' } } },
  })
  expect(classify(thrown)).toMatchObject({
    kind: 'error',
    error: {
      code: 'usage',
      message: 'Nonexistent flag: --x.',
      suggestions: ['secure-chat help keys show'],
    },
  })
})

test('an exit asked for is silent', () => {
  expect(classify(oclif('EEXIT: 0', 0, { code: 'EEXIT' }))).toEqual({ kind: 'exit', code: 0 })
})

test('what the operating system refuses is told in words', () => {
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: '/x/y' })
  expect(classify(missing)).toMatchObject({
    error: { code: 'file_unreadable', message: '/x/y: there is no such file or folder.' },
  })
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
  expect(classify(full)).toMatchObject({ error: { code: 'disk_full' } })
})

test('anything else is a bug of ours', () => {
  expect(classify(new TypeError('x is undefined'))).toMatchObject({ kind: 'bug' })
  expect(classify('a string')).toMatchObject({ kind: 'bug' })
})
