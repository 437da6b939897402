import { expect, test } from '@jest/globals'
import { calendar, event, read } from './calendars.ts'

const day = ['2026-03-02T00:00Z', '2026-03-03T00:00Z'] as const
const hour = (...lines: string[]) =>
  event('DTSTART:20260302T100000Z', 'DTEND:20260302T110000Z', ...lines)
const seen = (text: string, view: object = {}, more: object = {}) =>
  read(text, ...day, { view, ...more }).spans.map((span) => span.split(' ').slice(1).join(' '))

const busy = ['busy In a meeting']

test.each([
  ['TRANSP:TRANSPARENT'],
  ['STATUS:CANCELLED'],
  ['X-MICROSOFT-CDO-BUSYSTATUS:FREE'],
  ['X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE'],
  ['status;X-A=b:cancelled'],
])('%s: does not count', (line) => {
  expect(seen(calendar(hour(line)))).toEqual([])
})

test.each([
  ['TRANSP:OPAQUE'],
  ['STATUS:CONFIRMED'],
  ['X-MICROSOFT-CDO-BUSYSTATUS:BUSY'],
  ['SUMMARY:STATUS:CANCELLED'],
  ['DESCRIPTION:x\r\n \\nTRANSP:TRANSPARENT'],
])('%s: counts', (line) => {
  expect(seen(calendar(hour(line)))).toEqual(busy)
})

test('an event without an end, or with the end before the start, takes no time', () => {
  const text = calendar(
    event('DTSTART:20260302T100000Z'),
    event('DTSTART:20260302T100000Z', 'DTEND:20260302T090000Z'),
    event('DTSTART:20260302T120000Z', 'DURATION:-PT1H'),
  )
  expect(seen(text)).toEqual([])
})

test('whole days do not count, unless the operator says so', () => {
  const text = calendar(event('DTSTART;VALUE=DATE:20260302'))
  expect(seen(text)).toEqual([])
  expect(seen(text, { allDay: 'busy' })).toEqual(busy)
})

test.each([['STATUS:TENTATIVE'], ['X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE']])(
  '%s: counts, unless the operator says otherwise',
  (line) => {
    expect(seen(calendar(hour(line)))).toEqual(busy)
    expect(seen(calendar(hour(line)), { tentative: 'ignore' })).toEqual([])
  },
)

test('out of office is away, for whole days too, or what the operator says', () => {
  const text = calendar(
    event('DTSTART;VALUE=DATE:20260302', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF', 'SUMMARY:Surgery'),
  )
  expect(seen(text, { titles: true })).toEqual(['away Out of office'])
  expect(seen(text, { outOfOffice: 'busy', outOfOfficeText: 'Gone' })).toEqual(['busy Gone'])
  expect(seen(text, { outOfOffice: 'ignore' })).toEqual([])
})

test('what the user declined does not count, what others declined does', () => {
  const attendee = (state: string, address: string) =>
    `ATTENDEE;CN="Smith; Bob: x";PARTSTAT=${state}:mailto:${address}`
  const address = { address: 'bob@example.org' }
  const declined = calendar(hour(attendee('DECLINED', 'Bob@Example.org')))
  expect(seen(declined, {}, address)).toEqual([])
  expect(seen(declined)).toEqual(busy)
  for (const line of [
    attendee('ACCEPTED', 'bob@example.org'),
    attendee('DECLINED', 'notbob@example.org'),
    'X-DECLINED:TRUE',
  ]) {
    expect(seen(calendar(hour(line)), {}, address)).toEqual(busy)
  }
})

test('titles are shown only where the operator says so, and never of what is not public', () => {
  const text = (...lines: string[]) => calendar(hour('SUMMARY:Salary\\, round 2', ...lines))
  expect(seen(text())).toEqual(busy)
  const titles = { titles: true }
  expect(seen(text(), titles)).toEqual(['busy Salary, round 2'])
  expect(seen(text('CLASS:PUBLIC'), titles)).toEqual(['busy Salary, round 2'])
  for (const name of ['PRIVATE', 'CONFIDENTIAL', 'private', 'X-OURS', '"PRIVATE"']) {
    expect(seen(text(`CLASS:${name}`), titles)).toEqual(busy)
  }
  expect(seen(text('CLASS:PUBLIC', 'CLASS:PRIVATE'), titles)).toEqual(busy)
  expect(seen(text('CLASS;X-A=b:PRIVATE'), titles)).toEqual(busy)
  expect(seen(calendar(hour('SUMMARY;LANGUAGE=en:Planning')), titles)).toEqual(['busy Planning'])
  expect(seen(calendar(hour('SUMMARY: ')), titles)).toEqual(busy)
  expect(seen(calendar(hour(`SUMMARY:${'x'.repeat(500)}`)), titles)).toEqual([
    `busy ${'x'.repeat(140)}`,
  ])
})

test('of two at a time away is stronger, then the one that began last', () => {
  const at = (from: string, to: string, ...lines: string[]) =>
    event(`DTSTART:20260302T${from}0000Z`, `DTEND:20260302T${to}0000Z`, ...lines)
  const text = calendar(
    at('10', '16', 'SUMMARY:Workshop'),
    at('11', '12', 'SUMMARY:Call'),
    at('13', '14', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'),
    at('13', '15', 'SUMMARY:Lunch'),
  )
  expect(read(text, ...day, { view: { titles: true } }).spans).toEqual([
    '2026-03-02T10:00Z/11:00Z busy Workshop',
    '2026-03-02T11:00Z/12:00Z busy Call',
    '2026-03-02T12:00Z/13:00Z busy Workshop',
    '2026-03-02T13:00Z/14:00Z away Out of office',
    '2026-03-02T14:00Z/15:00Z busy Lunch',
    '2026-03-02T15:00Z/16:00Z busy Workshop',
  ])
  expect(read(text, ...day).spans).toEqual([
    '2026-03-02T10:00Z/13:00Z busy In a meeting',
    '2026-03-02T13:00Z/14:00Z away Out of office',
    '2026-03-02T14:00Z/16:00Z busy In a meeting',
  ])
})
