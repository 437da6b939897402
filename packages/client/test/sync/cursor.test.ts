import { jest } from '@jest/globals'
import type { TransportAnswer } from '../../src/api/transport.ts'
import { errorOf } from '../fixtures/folders.ts'
import { heard, remarks } from '../support/envelopes.ts'
import { isMailbox, lost, makeWire } from '../support/wire.ts'
import { startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
async function pair() {
  count += 1
  const wire = makeWire()
  const ann = await world.person(`ann${count}`)
  const ben = await world.person(`ben${count}`, { transport: wire.transport })
  return {
    wire,
    annName: ann.name,
    benName: ben.name,
    ann: await ann.open(),
    ben: await ben.open(),
  }
}

test('a cursor that expired goes on from where the server still keeps records, and says so', async () => {
  const { wire, ann, ben, annName, benName } = await pair()
  await ann.send(benName, { text: '1' })
  const { cursor } = await ben.sync()
  await ann.send(benName, { text: '2' })
  let refusals = 0
  wire.onAnswer = (request, answer) => {
    if (!isMailbox(request) || refusals > 0) return answer
    refusals += 1
    return problem(answer, 410, 'cursor_expired', { resume: 'nowhere' })
  }
  // `nowhere` is none of this mailbox either: then the client starts from the beginning, and repeats nothing.
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1', '2'])
  expect(remarks(ben).filter((text) => text.includes('away for longer'))).toHaveLength(1)
  expect(cursor).not.toBeNull()
})

test('the cursor stays where it is until what came is kept: a sender whose key cannot be had just now', async () => {
  const { wire, ann, ben, annName, benName } = await pair()
  await ann.send(benName, { text: '1' })
  wire.onRequest = (request) => {
    if (request.target.endsWith('/publickey')) throw lost()
  }
  expect(await errorOf(() => ben.sync())).toMatchObject({ code: 'network_unreachable' })
  wire.onRequest = () => undefined
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1'])
  expect(remarks(ben, annName)).toEqual([])
})

test('a server that does not know the cursor is read from the start, and nothing shows twice', async () => {
  const { wire, ann, ben, annName, benName } = await pair()
  for (const text of ['1', '2', '3']) await ann.send(benName, { text })
  await ben.sync()
  await ann.send(benName, { text: '4' })
  wire.onAnswer = (request, answer) =>
    isMailbox(request) && request.target.includes('after=')
      ? problem(answer, 400, 'bad_cursor')
      : answer
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['1', '2', '3', '4'])
  expect(remarks(ben, annName)).toEqual([])
})

function problem(
  answer: TransportAnswer,
  status: number,
  code: string,
  more = {},
): TransportAnswer {
  const body = Buffer.from(JSON.stringify({ status, code, detail: code, ...more }))
  return { ...answer, status, headers: { 'content-type': 'application/problem+json' }, body }
}
