import type { StateStore } from '../messaging/state-store.ts'

/** How far the mailbox is kept here. */
export type MailboxCursor = {
  get(): string | undefined
  /**
   * Moves it, if it still stands at `from`: cursors are opaque, so this is how it only goes forward when
   * several processes read the mailbox. Whoever kept all records from `from` to `to` may move it, inside
   * the transaction that kept the last of them.
   */
  move(from: string | undefined, to: string): void
}

export function makeMailboxCursor(state: StateStore): MailboxCursor {
  const get = (): string | undefined => state.get('cursor')
  return {
    get,
    move(from, to) {
      if (get() === from && from !== to) state.set('cursor', to)
    },
  }
}
