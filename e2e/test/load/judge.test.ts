/** The count at the end of every fault test is worth what this can find. */
import type { QueueRecord } from '@secure-chat/protocol'
import { type Acknowledged, flawless, judge, total } from '../../load/judge.ts'

const sent = (number: number, sender = 'alice'): Acknowledged => ({
  sender,
  recipient: 'bob',
  number,
  id: `${sender}-${number}`,
  message: `text ${number} of ${sender}`,
  sentAt: number,
})
const stored = ({ id, sender, message }: Acknowledged): QueueRecord => ({
  id,
  sender,
  message,
  type: 'CHAT_MESSAGE',
  timestamp: '2026-11-23T18:00:00.000Z',
})
const three = [sent(0), sent(1), sent(2)]
const [first, second, third] = three.map(stored)
const records = (...given: Array<QueueRecord | undefined>) =>
  given.filter((record) => record !== undefined)

test('finds nothing to say against a mailbox that has everything once, in order', () => {
  expect(judge(three, three.map(stored))).toEqual({ ...flawless, acknowledged: 3, repeats: 0 })
})

test('finds an acknowledged message that is not there', () => {
  expect(judge(three, records(first, third)).lost).toEqual(['alice to bob, number 1, alice-1'])
})

test('finds a message behind a later one of its sender, and lets senders mix', () => {
  expect(judge(three, records(first, third, second)).reordered).toHaveLength(1)
  const other = [sent(0, 'carol'), sent(1, 'carol')]
  const mixed = records(stored(sent(0, 'carol')), first, second, stored(sent(1, 'carol')), third)
  expect(judge([...three, ...other], mixed)).toMatchObject(flawless)
})

test('counts a repeat with the same id and content, wherever it stands, by its first occurrence', () => {
  expect(judge(three, records(first, second, first, third, second))).toMatchObject({
    ...flawless,
    repeats: 2,
  })
})

test('finds a repeat with another content or sender', () => {
  const texts = three.map(stored)
  const otherText = { ...stored(sent(1)), message: 'another' }
  const otherSender = { ...stored(sent(1)), sender: 'mallory' }
  expect(judge(three, [...texts, otherText]).altered).toHaveLength(1)
  expect(judge(three, [...texts, otherSender]).altered).toHaveLength(1)
})

test('finds what nobody was acknowledged, and leaves the records of the server out', () => {
  const foreign = { ...stored(sent(9)), id: 'nobody-knows' }
  const system = { ...foreign, type: 'SYSTEM', sender: 'system' }
  expect(judge(three, [...three.map(stored), foreign, system]).unknown).toHaveLength(1)
})

test('adds up several mailboxes', () => {
  const verdicts = [judge(three, records(first, first)), judge([sent(0, 'carol')], [])]
  expect(total(verdicts)).toMatchObject({ acknowledged: 4, repeats: 1 })
  expect(total(verdicts).lost).toHaveLength(3)
})
