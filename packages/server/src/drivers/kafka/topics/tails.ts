import type { Log } from '../../../ports/index.ts'
import { makeMailboxTails, type TailReading, type Tails } from '../mailbox/tails.ts'
import type { FetchSession } from '../tail/fetch-session.ts'
import { makeLive } from './live.ts'
import type { Mailbox } from './mailboxes.ts'
import type { Records } from './records.ts'

/** Tails of mailboxes that are topics. */
export function makeTails(o: {
  readonly reading: TailReading<Mailbox>
  readonly sessionOf: (node: number) => FetchSession
  readonly records: Records
  readonly log: Log
}): Tails {
  return makeMailboxTails({ ...o, makeLive: (deps) => makeLive({ ...o, ...deps }) })
}
