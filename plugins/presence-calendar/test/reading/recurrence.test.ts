import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { calendar, event, startsOf } from './calendars.ts'

const days =
  (offset: string) =>
  (year: number, month: number, ...of: readonly number[]) =>
    of.map((day) => {
      const date = [year, month, day].map((part) => String(part).padStart(2, '0')).join('-')
      return `${date}T09:00:00${offset}`
    })
const edt = days('-04:00')
const est = days('-05:00')

// The examples of RFC 5545, 3.8.5.3, with the dates that stand there.
test.each<[string, string, string[]]>([
  ['19970902', 'FREQ=DAILY;COUNT=10', edt(1997, 9, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)],
  [
    '19970902',
    'FREQ=DAILY;INTERVAL=10;COUNT=5',
    [...edt(1997, 9, 2, 12, 22), ...edt(1997, 10, 2, 12)],
  ],
  [
    '19970902',
    'FREQ=WEEKLY;COUNT=10',
    [
      ...edt(1997, 9, 2, 9, 16, 23, 30),
      ...edt(1997, 10, 7, 14, 21),
      ...est(1997, 10, 28),
      ...est(1997, 11, 4),
    ],
  ],
  [
    '19970902',
    'FREQ=WEEKLY;UNTIL=19971224T000000Z',
    [
      ...edt(1997, 9, 2, 9, 16, 23, 30),
      ...edt(1997, 10, 7, 14, 21),
      ...est(1997, 10, 28),
      ...est(1997, 11, 4, 11, 18, 25),
      ...est(1997, 12, 2, 9, 16, 23),
    ],
  ],
  [
    '19970902',
    'FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH',
    [...edt(1997, 9, 2, 4, 9, 11, 16, 18, 23, 25, 30), ...edt(1997, 10, 2)],
  ],
  [
    '19970902',
    'FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH',
    [...edt(1997, 9, 2, 4, 16, 18, 30), ...edt(1997, 10, 2, 14, 16)],
  ],
  [
    '19970905',
    'FREQ=MONTHLY;COUNT=10;BYDAY=1FR',
    [
      ...edt(1997, 9, 5),
      ...edt(1997, 10, 3),
      ...est(1997, 11, 7),
      ...est(1997, 12, 5),
      ...est(1998, 1, 2),
      ...est(1998, 2, 6),
      ...est(1998, 3, 6),
      ...est(1998, 4, 3),
      ...edt(1998, 5, 1),
      ...edt(1998, 6, 5),
    ],
  ],
  [
    '19970907',
    'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
    [
      ...edt(1997, 9, 7, 28),
      ...est(1997, 11, 2, 30),
      ...est(1998, 1, 4, 25),
      ...est(1998, 3, 1, 29),
      ...edt(1998, 5, 3, 31),
    ],
  ],
  [
    '19970922',
    'FREQ=MONTHLY;COUNT=6;BYDAY=-2MO',
    [
      ...edt(1997, 9, 22),
      ...edt(1997, 10, 20),
      ...est(1997, 11, 17),
      ...est(1997, 12, 22),
      ...est(1998, 1, 19),
      ...est(1998, 2, 16),
    ],
  ],
  [
    '19970928',
    'FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=6',
    [
      ...edt(1997, 9, 28),
      ...est(1997, 10, 29),
      ...est(1997, 11, 28),
      ...est(1997, 12, 29),
      ...est(1998, 1, 29),
      ...est(1998, 2, 26),
    ],
  ],
  [
    '19970902',
    'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15',
    [
      ...edt(1997, 9, 2, 15),
      ...edt(1997, 10, 2, 15),
      ...est(1997, 11, 2, 15),
      ...est(1997, 12, 2, 15),
      ...est(1998, 1, 2, 15),
    ],
  ],
  [
    '19970930',
    'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
    [
      ...edt(1997, 9, 30),
      ...edt(1997, 10, 1),
      ...est(1997, 10, 31),
      ...est(1997, 11, 1, 30),
      ...est(1997, 12, 1, 31),
      ...est(1998, 1, 1, 31),
      ...est(1998, 2, 1),
    ],
  ],
  [
    '19970910',
    'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
    [...edt(1997, 9, 10, 11, 12, 13, 14, 15), ...est(1999, 3, 10, 11, 12, 13)],
  ],
  [
    '19970610',
    'FREQ=YEARLY;COUNT=10;BYMONTH=6,7',
    [1997, 1998, 1999, 2000, 2001].flatMap((year) => [...edt(year, 6, 10), ...edt(year, 7, 10)]),
  ],
  [
    '19970101',
    'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
    [
      ...est(1997, 1, 1),
      ...edt(1997, 4, 10),
      ...edt(1997, 7, 19),
      ...est(2000, 1, 1),
      ...edt(2000, 4, 9),
      ...edt(2000, 7, 18),
      ...est(2003, 1, 1),
      ...edt(2003, 4, 10),
      ...edt(2003, 7, 19),
      ...est(2006, 1, 1),
    ],
  ],
  [
    '19970519',
    'FREQ=YEARLY;BYDAY=20MO;COUNT=3',
    [...edt(1997, 5, 19), ...edt(1998, 5, 18), ...edt(1999, 5, 17)],
  ],
  [
    '19970512',
    'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3',
    [...edt(1997, 5, 12), ...edt(1998, 5, 11), ...edt(1999, 5, 17)],
  ],
  [
    '19970904',
    'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
    [...edt(1997, 9, 4), ...edt(1997, 10, 7), ...est(1997, 11, 6)],
  ],
  [
    '19970929',
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=7',
    [
      ...edt(1997, 9, 29),
      ...est(1997, 10, 30),
      ...est(1997, 11, 27),
      ...est(1997, 12, 30),
      ...est(1998, 1, 29),
      ...est(1998, 2, 26),
      ...est(1998, 3, 30),
    ],
  ],
  ['19970805', 'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', edt(1997, 8, 5, 10, 19, 24)],
  ['19970805', 'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', edt(1997, 8, 5, 17, 19, 31)],
  [
    '20070115',
    'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5',
    [...est(2007, 1, 15, 30), ...est(2007, 2, 15), ...edt(2007, 3, 15, 30)],
  ],
])('RFC 5545: from %s %s', (day, rule, expected) => {
  const text = calendar(
    event(`DTSTART;TZID=America/New_York:${day}T090000`, 'DURATION:PT30M', `RRULE:${rule}`),
  )
  const starts = startsOf(text, Date.parse('1997-01-01T00:00Z'), Date.parse('2010-01-01T00:00Z'))
  expect(starts.map((at) => new Date(at).toISOString())).toEqual(
    expected.map((at) => new Date(at).toISOString()),
  )
})

test('RFC 5545: every Friday the 13th, with its first day excluded', () => {
  const text = calendar(
    event(
      'DTSTART;TZID=America/New_York:19970902T090000',
      'DURATION:PT30M',
      'EXDATE;TZID=America/New_York:19970902T090000',
      'RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
    ),
  )
  const starts = startsOf(text, Date.parse('1997-09-01T00:00Z'), Date.parse('2000-11-01T00:00Z'))
  expect(starts).toEqual(
    [
      ...est(1998, 2, 13),
      ...est(1998, 3, 13),
      ...est(1998, 11, 13),
      ...edt(1999, 8, 13),
      ...edt(2000, 10, 13),
    ].map(Date.parse),
  )
})

interface Vector {
  readonly zone: string
  readonly start: string
  readonly rule: string
  /** Seconds since the epoch, as are the starts. */
  readonly from: number
  readonly to: number
  readonly starts: readonly number[]
}

// Rules by chance, expanded by python-dateutil 2.9.0 in wall-clock time and put into their zones by Python's zoneinfo.
const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../vectors/recurrences.vectors.json', import.meta.url), 'utf8'),
)

test.each(vectors)('dateutil: $zone $start $rule', ({ zone, start, rule, from, to, starts }) => {
  const text = calendar(event(`DTSTART;TZID=${zone}:${start}`, 'DURATION:PT1S', `RRULE:${rule}`))
  expect(startsOf(text, from * 1000, to * 1000).map((at) => at / 1000)).toEqual(starts)
})
