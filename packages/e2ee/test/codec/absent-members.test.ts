import { decodeBody } from '../../src/message.ts'
import { readContent } from '../../src/message-kinds.ts'

const body = {
  v: 1,
  id: 'x',
  from: 'alice',
  to: 'bob',
  at: 1,
  kind: 'text',
  body: { text: 'hello' },
  prev_hash: null,
}

function padded(value: object): Buffer {
  const json = JSON.stringify(value)
  return Buffer.from(json.padEnd(Math.ceil(json.length / 256) * 256))
}

test.each([{ void: null }, { re_sent: null }, { void: [] }, { later: 1 }])(
  'null, nothing and the unknown mean: not there (%j)',
  (more) => {
    const opened = decodeBody(padded({ ...body, ...more }))
    expect(opened?.body).toEqual({ text: 'hello' })
    expect(opened?.void ?? []).toEqual([])
    expect(opened?.re_sent).toBeUndefined()
  },
)

test('an answer to nothing is a text like any other', () => {
  expect(readContent({ kind: 'text', body: { text: 'hello', re: null } })).toEqual({
    kind: 'text',
    text: 'hello',
  })
})
