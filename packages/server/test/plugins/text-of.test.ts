import { textOf } from '../../src/plugins/text-of.ts'

test('what fetch throws says why in its cause alone, so that is told too', () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:1')
  expect(textOf(new TypeError('fetch failed', { cause }))).toBe(
    'fetch failed (connect ECONNREFUSED 127.0.0.1:1)',
  )
})

test('whatever was thrown has words, and not too many', () => {
  const hostile = new Error('kept')
  Object.defineProperty(hostile, 'cause', {
    get() {
      throw new Error('again')
    },
  })
  expect([7, undefined, Object.create(null), hostile].map(textOf)).toEqual([
    '7',
    'undefined',
    'something without a text',
    'something without a text',
  ])
  expect(textOf(new Error('x'.repeat(5000)))).toHaveLength(500)
})
