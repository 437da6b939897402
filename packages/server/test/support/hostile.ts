import fc from 'fast-check'

/** What a hostile client puts where a text belongs. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'bob\0',
    '\ud800',
    '../bob',
    'BOB',
    'system',
    'users',
    '__proto__',
    'constructor',
    '-1',
    '1e3',
    'NaN',
    '999999999999999999999',
    '\u202ebob',
    "' OR 1=1 --",
    '{"$gt":""}',
    '\r\nX-Injected: 1',
    'é'.repeat(200),
  ),
)

/** What a hostile client puts where any JSON value may stand. */
export const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, [], ['bob'], {}, { $gt: '' }, [[[]]]),
  fc.constantFrom('a'.repeat(100_000), 'é'.repeat(100_000)),
  fc.jsonValue({ maxDepth: 3 }),
)
