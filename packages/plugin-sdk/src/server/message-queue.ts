import type { Cursor, QueueRecord, UserName } from '@secure-chat/protocol'

/** One record with the cursor that points just behind it: reading `after` it goes on with the next. */
export interface QueueItem {
  readonly cursor: Cursor
  readonly record: QueueRecord
}

/** What one `read` found. */
export interface QueuePage {
  readonly items: readonly QueueItem[]
  /** Behind the last record looked at; the given (or first) position on an empty page. */
  readonly next: Cursor
  /** Another page waits now. */
  readonly more: boolean
}

/**
 * Where a tail puts what it finds. Called in queue order, each record once, never re-entrantly, never from inside
 * `tail()`, never after `close()`. A tail ends with `onExpired`, `onError` or its own `close()`, and nothing is
 * called after that. A sink that throws ends its own tail: the error comes back by `onError`.
 */
export interface TailSink {
  onItem(item: QueueItem): void
  /** What followed the tail's cursor was removed by retention; the tail has ended. Go on from `resume`. */
  onExpired(resume: Cursor): void
  /**
   * The tail has ended: `bad_cursor`, `no_such_user` (the mailbox was removed), `queue_unavailable` (the engine
   * failed or was closed; the consumer resumes by the cursor of its last item).
   */
  onError(error: unknown): void
}

/** A reader that stays: what `tail` answers. */
export interface Tail {
  /** Nothing is delivered until `resume()`: for a consumer that cannot keep up. Again is harmless. */
  pause(): void
  /** Goes on behind the last item delivered, from the mailbox, then live again. */
  resume(): void
  /** Stops at once: no call of the sink afterwards. Safe from inside the sink. */
  close(): void
}

/**
 * The port of one durable mailbox per user (`user_queue_{username}`). Reading consumes nothing.
 *
 * Order within a mailbox is the order in which `enqueue` was called by one process.
 * Errors are `ChatError`s: `queue_unavailable` (engine down or full; nothing is promised of the record),
 * `bad_cursor` (not one of this mailbox), `cursor_expired` (with member `resume`, the cursor to go on from).
 */
export interface MessageQueue {
  /** What the conformance suite may expect beyond the required behaviour. */
  readonly supports: {
    /** `expire` removes by age and size itself; otherwise the engine does it by its own settings. */
    readonly expiry: boolean
    /** Records survive `close()` and a kill of the process. */
    readonly durability: boolean
  }
  /** Makes the mailbox, ready for its first message when this resolves. Again is harmless. */
  createMailbox(user: UserName): Promise<void>
  /** Removes the mailbox and what is in it; its tails end with `no_such_user`. Unknown is harmless. */
  removeMailbox(user: UserName): Promise<void>
  /** Resolves only when the record is durably kept. A missing mailbox is made on the way. */
  enqueue(user: UserName, record: QueueRecord): Promise<void>
  /** The same record set for several mailboxes: all are kept when this resolves, or it rejects. */
  enqueueAll(entries: ReadonlyArray<{ user: UserName; record: QueueRecord }>): Promise<void>
  /**
   * From the earliest record when `after` is left out. At most `limit` records and about `maxBytes` of JSON
   * (1 MiB when left out), but at least one record if there is any. Rejects with `bad_cursor`, `cursor_expired`.
   */
  read(
    user: UserName,
    options: { readonly after?: Cursor; readonly limit: number; readonly maxBytes?: number },
  ): Promise<QueuePage>
  /** Behind the last record: where "from now" starts. */
  end(user: UserName): Promise<Cursor>
  /** Delivers everything after the cursor, first what is there, then what comes. Throws `bad_cursor` by `onError`. */
  tail(user: UserName, after: Cursor, sink: TailSink): Tail
  /** Removes what is older than `before` (ms since the epoch) or beyond `maxBytes` a mailbox, a bounded amount a call. */
  expire(options: {
    readonly before: number
    readonly maxBytes: number
  }): Promise<{ removed: number; more: boolean }>
  /** Rejects with `queue_unavailable` when the engine does not answer. */
  check(): Promise<void>
  /** Flushes what was accepted, ends tails, releases the engine. */
  close(): Promise<void>
}
