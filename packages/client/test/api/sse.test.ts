import fc from 'fast-check'
import { makeSseParser, type SseEvent } from '../../src/api/sse.ts'
import { runs } from '../fixtures/folders.ts'

const parse = (...chunks: string[]): SseEvent[] => {
  const parser = makeSseParser(1000)
  return chunks.flatMap((chunk) => parser.feed(chunk))
}

test('reads event, id and data, and joins data lines', () => {
  expect(parse('event: message\nid: c1\ndata: {"a":\ndata: 1}\n\n')).toEqual([
    { event: 'message', id: 'c1', data: '{"a":\n1}' },
  ])
})

test('passes over comments, unknown fields, blocks without data, ids with NUL', () => {
  expect(parse(': hello\nfoo: bar\nevent: x\n\nid: a\0b\ndata:y\n\n')).toEqual([
    { event: undefined, id: undefined, data: 'y' },
  ])
})

test('gives an id to the event of its own block only', () => {
  expect(parse('id: 1\ndata: a\n\ndata: b\n\n').map(({ id }) => id)).toEqual(['1', undefined])
})

test('tells the server’s retry once, and no rubbish', () => {
  const parser = makeSseParser(1000)
  parser.feed('retry: 10x\n\n')
  expect(parser.takeRetry()).toBeUndefined()
  parser.feed('retry: 1500\n\n')
  expect([parser.takeRetry(), parser.takeRetry()]).toEqual([1500, undefined])
})

test('reads the same wherever the stream is cut and whichever line ends it uses', () => {
  const text =
    ': c\nevent: message\nid: 7\ndata: one\ndata:  two\n\ndata\n\nretry: 5\n\ndata: last\n\n'
  const wanted = parse(text)
  expect(wanted).toHaveLength(3)
  fc.assert(
    fc.property(fc.constantFrom('\n', '\r\n', '\r'), fc.array(fc.nat(12)), (end, sizes) => {
      const chunks: string[] = []
      let rest = text.replaceAll('\n', end)
      for (const size of sizes) {
        chunks.push(rest.slice(0, size))
        rest = rest.slice(size)
      }
      // Of a lone CR at the end only the next character tells what it was.
      expect(parse(...chunks, rest, ':\n')).toEqual(wanted)
    }),
    { numRuns: runs(200) },
  )
})

test.each([
  ['a line without end', () => 'data: '.padEnd(100, 'x')],
  ['an event of lines without end', () => `data: ${'x'.repeat(90)}\n`],
  ['a field name without end', () => 'x'.repeat(100)],
])('bounds %s', (_, chunk) => {
  const parser = makeSseParser(1000)
  expect(() => {
    for (let count = 0; count < 20; count += 1) parser.feed(chunk())
  }).toThrow(RangeError)
})
