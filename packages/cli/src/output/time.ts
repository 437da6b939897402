const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** `just now`, `5 min ago`, `3 h ago`, `yesterday 14:03`, `Monday 14:03`, `2026-11-02 14:03`; local time. */
export function relativeTime(iso: string, now: number): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return iso
  const age = now - at
  if (age < -minute) return dateAndTime(at)
  if (age < minute) return 'just now'
  if (age < hour) return `${Math.floor(age / minute)} min ago`
  if (age < 6 * hour) return `${Math.floor(age / hour)} h ago`
  const days = dayNumber(now) - dayNumber(at)
  if (days === 0) return timeOfDay(at)
  if (days === 1) return `yesterday ${timeOfDay(at)}`
  if (days < 7) return `${weekday(at)} ${timeOfDay(at)}`
  return dateAndTime(at)
}

export function timeOfDay(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** `today, Monday 23 November 2026`: what separates the days of a history. */
export function dayTitle(iso: string, now: number): string {
  const at = Date.parse(iso)
  const days = dayNumber(now) - dayNumber(at)
  const near = days === 0 ? 'today, ' : days === 1 ? 'yesterday, ' : ''
  const name = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
  return near + name.format(at).replace(',', '')
}

/** Days of the local calendar, so that `yesterday` is right across a change of summer time. */
export function dayNumber(at: number): number {
  const date = new Date(at)
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / day
}

function dateAndTime(at: number): string {
  const date = new Date(at)
  const ymd = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${ymd} ${timeOfDay(at)}`
}

function weekday(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'long' }).format(at)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
