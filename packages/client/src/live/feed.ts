import type { Context } from '../messaging/context.ts'
import { storedMessage } from '../messaging/line.ts'
import type { LineRow } from '../messaging/line-store.ts'
import { latestRevision } from '../messaging/revisions.ts'
import type { LiveEvent } from '../messaging/types.ts'

/**
 * What changed in the vault since the last look, whichever process changed it: so everybody on the profile
 * sees every line and every state, and it matters to nobody who stored it.
 */
export type Feed = { take(): LiveEvent[] }

const batchRows = 200

export function makeFeed(context: Context): Feed {
  let seen = latestRevision(context.vault)
  return {
    take() {
      const rows = context.lines.changedSince(seen, batchRows)
      const events = rows.flatMap((row) => eventOf(row, seen))
      seen = rows.at(-1)?.rev ?? seen
      return events
    },
  }
}

function eventOf({ line, made }: LineRow, seen: number): LiveEvent[] {
  if (made <= seen) {
    if (line.direction === 'in') return []
    const { id, to, state, reason } = line
    return [{ type: 'delivery', id, to, state, ...(reason === null ? {} : { reason }) }]
  }
  const { text, contact } = line
  if (line.line === 'trust' && contact !== null) {
    return [{ type: 'trust', name: contact, trust: line.trust, text }]
  }
  if (line.line === 'system') {
    const event = line.event ?? 'unknown'
    return [{ type: 'system', event, text, ...(contact === null ? {} : { name: contact }) }]
  }
  return [{ type: 'message', message: storedMessage(line) }]
}
