import type { Context } from '../messaging/context.ts'
import { storedMessage } from '../messaging/line.ts'
import type { LineRow, RemovedLine } from '../messaging/line-store.ts'
import { latestRevision } from '../messaging/revisions.ts'
import type { LiveEvent } from '../messaging/types.ts'

/**
 * What changed in the vault since the last look, whichever process changed it: so everybody on the profile
 * sees every line and every state, and it matters to nobody who stored it.
 */
export type Feed = { take(): LiveEvent[] }

const batchRows = 200

export function makeFeed(context: Context): Feed {
  const { vault, lines } = context
  let seen = latestRevision(vault)
  return {
    take() {
      if (latestRevision(vault) === seen) return []
      // Of one state of the vault: what comes or goes between two looks would be mistaken.
      const { rows, gone } = vault.transaction(() => ({
        rows: lines.changedSince(seen, batchRows),
        gone: lines.takenBackSince(seen),
      }))
      const last = rows.length < batchRows ? Number.POSITIVE_INFINITY : (rows.at(-1)?.rev ?? seen)
      const changes = [
        ...rows.map((row) => ({ rev: row.rev, events: eventOf(row, seen) })),
        ...gone
          .filter(({ rev }) => rev <= last)
          .map((line) => ({ rev: line.rev, events: goneEvent(line, seen) })),
      ].sort((a, b) => a.rev - b.rev)
      seen = changes.at(-1)?.rev ?? seen
      return changes.flatMap(({ events }) => events)
    },
  }
}

/** Only a changed key takes a line back. Who never saw it need not hear of it. */
function goneEvent({ id, to, made }: RemovedLine, seen: number): LiveEvent[] {
  if (made > seen) return []
  return [{ type: 'delivery', id, to, state: 'refused', reason: 'key_not_trusted' }]
}

function eventOf({ line, made }: LineRow, seen: number): LiveEvent[] {
  if (made <= seen) {
    if (line.direction === 'in') return []
    const { id, to, state, reason } = line
    return [{ type: 'delivery', id, to, state, ...(reason === null ? {} : { reason }) }]
  }
  const { text, contact } = line
  if (line.line === 'trust' && contact !== null) {
    const isChange = line.event === 'key_proved' || line.event === 'key_unproved'
    const proved = isChange && { proved: line.event === 'key_proved' }
    return [{ type: 'trust', name: contact, trust: line.trust, text, ...proved }]
  }
  if (line.line === 'system') {
    const event = line.event ?? 'unknown'
    return [{ type: 'system', event, text, ...(contact === null ? {} : { name: contact }) }]
  }
  return [{ type: 'message', message: storedMessage(line) }]
}
