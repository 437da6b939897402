import { ChatError } from '@secure-chat/protocol'
import type {
  Clock,
  DatabaseTransfer,
  MessageQueue,
  TransferTableName,
  UserDatabase,
} from '../ports/index.ts'

/** The engines of a server that is not running. */
export interface Engines {
  readonly database: UserDatabase
  readonly queue: MessageQueue
}

/** What a migration works on. Where the two sides share an engine, it is the same object on both, and left alone. */
export interface Migration {
  readonly source: Engines
  readonly target: Engines
  /** How long the target keeps messages: an engine that removes them by itself may do so before it is compared. */
  readonly targetKeepsMs: number
  readonly clock: Clock
  /** Its reason is what is thrown; what is under way is written first. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

export interface Progress {
  readonly step: 'copying' | 'comparing'
  readonly what: TransferTableName | 'messages' | 'mailboxes'
  /** So many of them so far. */
  readonly done: number
}

/** So many mailboxes at once: enough that they share an engine's waits, each with a page of at most 256 KiB. */
export const mailboxesAtOnce = 32

export function transferOf({ transfer }: UserDatabase): DatabaseTransfer {
  if (transfer !== undefined) return transfer
  throw new ChatError(
    'usage',
    'The driver of one of these databases cannot be copied from or to. Ask who made it for a version with transfer.',
  )
}
