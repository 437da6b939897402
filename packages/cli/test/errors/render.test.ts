import { expect, test } from '@jest/globals'
import { ChatError, errorTable, isErrorCode } from '@secure-chat/protocol/errors'
import { advice } from '../../src/errors/advice.ts'
import { errorDocument, renderError } from '../../src/errors/render.ts'
import { styleFor } from '../../src/output/style.ts'

const style = styleFor({}, { colour: 'never' })

test('says what happened, the fields at fault, what to type, and the code', () => {
  const error = new ChatError('invalid_request', 'The request is not valid.', {
    errors: [{ pointer: '#/name', detail: 'too long' }],
    suggestions: ['secure-chat help register'],
  })
  expect(renderError(error, style)).toBe(
    'Error: The request is not valid.\n  #/name: too long\nWhat to do:\n  secure-chat help register\n(invalid_request)\n',
  )
})

test('a rate limit says when to come back', () => {
  const error = new ChatError('rate_limited', undefined, { retryAfterS: 42 })
  expect(errorDocument(error).error.suggestions).toEqual(['Try again in 42 s.'])
})

test('nothing of a server reaches the terminal raw', () => {
  const evil = '\u001b[2J\r\u202e'
  const error = new ChatError('name_taken', evil, {
    errors: [{ pointer: evil, detail: evil }],
    suggestions: [evil],
  })
  expect(renderError(error, style)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
})

test('there is advice for every way to be stopped that the user can mend', () => {
  const stopped = Object.entries(errorTable).filter(([, { exit }]) => [3, 4, 5].includes(exit))
  const without = stopped.map(([code]) => code).filter((code) => isErrorCode(code) && !advice[code])
  expect(without).toEqual([
    'token_missing',
    'token_replayed',
    'account_suspended',
    'plugin_failed',
    'downgrade',
  ])
})
