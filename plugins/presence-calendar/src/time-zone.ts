/** A name of the IANA database, or an offset. */
export function isTimeZone(name: string | undefined): name is string {
  if (name === undefined || name === '') return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

/** When a day begins in a zone, in milliseconds since the epoch. */
export function startOfDay(date: Date, timeZone: string): number {
  const midnight = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  // Twice: the offset at the guess may be that of before a change of the clock.
  const guess = midnight - offsetAt(midnight, timeZone)
  return midnight - offsetAt(guess, timeZone)
}

function offsetAt(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const local = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  )
  return local - Math.floor(at / 1000) * 1000
}
