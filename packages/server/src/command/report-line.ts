import type { Compared } from '../migrate/index.ts'
import type { Place } from './place.ts'

/** Enough of a hash to tell two apart by eye; the verdict is made on the whole of it. */
const shownDigits = 16

/** Tab-separated, so that it can be piped. */
export function reportHead(from: Place, to: Place): string {
  return [
    `from\tdatabase ${from.database}\tqueue ${from.queue}`,
    `to\tdatabase ${to.database}\tqueue ${to.queue}`,
    'what\tsource\ttarget\tsource SHA-256\ttarget SHA-256\tresult',
  ].join('\n')
}

export function reportLine({ what, source, target, difference }: Compared): string {
  return [
    what,
    source.count,
    target.count,
    source.hash.slice(0, shownDigits),
    target.hash.slice(0, shownDigits),
    difference ?? 'equal',
  ].join('\t')
}
