import type { Settings } from './config.ts'
import { makeSessionEvents, type SessionEvents } from './domain/session-events.ts'
import type { Clock } from './ports/clock.ts'
import type { MessageQueue, UserDatabase } from './ports/index.ts'
import type { Log } from './ports/log.ts'

/** What the services are made of; `main.ts` supplies the real ones, tests may fake the clock. */
export interface ServiceDeps {
  readonly settings: Settings
  readonly database: UserDatabase
  readonly queue: MessageQueue
  readonly clock: Clock
  readonly log: Log
}

/** The rules of the server, by topic; routes call nothing else. */
export interface Services {
  readonly sessionEvents: SessionEvents
}

export async function buildServices(_deps: ServiceDeps): Promise<Services> {
  const sessionEvents = makeSessionEvents()
  return { sessionEvents }
}
