import fc from 'fast-check'
import { formatSessionKey, parseSessionKey, sessionIdOf } from '../src/index.ts'
import { runs } from './runs.ts'

const example = { sid: Buffer.alloc(16, 0xa5), key: Buffer.alloc(32, 0x5a) }
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

test('what is formatted is read back', () => {
  fc.assert(
    fc.property(bytes(16), bytes(32), (sid, key) => {
      const read = parseSessionKey(formatSessionKey({ sid, key }))
      expect(read?.sid.equals(sid)).toBe(true)
      expect(read?.key.equals(key)).toBe(true)
    }),
    runs(100),
  )
})

test('no two texts mean the same key', () => {
  const text = formatSessionKey(example)
  fc.assert(
    fc.property(
      fc.nat({ max: text.length - 1 }),
      fc.string({ unit: 'binary', maxLength: 2 }),
      (at, put) => {
        const mutated = text.slice(0, at) + put + text.slice(at + 1)
        const read = parseSessionKey(mutated)
        if (read && mutated !== text) expect(formatSessionKey(read)).toBe(mutated)
      },
    ),
    runs(300),
  )
})

test.each([
  '',
  'sk1',
  'sk2.paWlpaWlpaWlpaWlpaWlpQ.WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo',
  'sk1.paWlpaWlpaWlpaWlpaWlpR.WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo',
  'sk1.paWlpaWlpaWlpaWlpaWlpQ.WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlp',
  'sk1.paWlpaWlpaWlpaWlpaWlpQ==.WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo',
  'sk1.paWlpaWlpaWlpaWlpaWlpQ.WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo\n',
  'a message that somebody wants decrypted',
])('refuses %j, so that login is no decryption oracle', (text) => {
  expect(parseSessionKey(text)).toBeUndefined()
})

test('the public id of a session is the start of the hash of its sid', () => {
  expect(sessionIdOf(Buffer.alloc(16))).toBe('374708fff7719dd5')
})
