import { hash } from 'node:crypto'
import { ChatError, limits, type UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'
import { makeExpiringMap } from '../common/expiring-map.ts'

/** What the sender is told of a stored record. */
export interface Delivered {
  readonly id: string
  readonly timestamp: string
}

export interface RememberedAnswers {
  /**
   * Runs `deliver` once per (sender, id) and content: the same again, also while the first is under way,
   * gets the first answer; another content is refused with `id_reused`. A failure is not remembered.
   */
  once(
    request: {
      readonly sender: UserName
      readonly id: string
      readonly content: readonly string[]
    },
    deliver: () => Promise<Delivered>,
  ): Promise<Delivered>
}

interface Remembered {
  readonly digest: string
  readonly answer: Promise<Delivered>
}

/** About 300 bytes each. Beyond it the oldest are forgotten early; receivers drop repeats by (sender, id) for good. */
const maxRemembered = 200_000

export function makeRememberedAnswers({
  clock,
  maxEntries = maxRemembered,
}: {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly maxEntries?: number
}): RememberedAnswers {
  const remembered = makeExpiringMap<Remembered>({ clock, maxEntries })
  return {
    once({ sender, id, content }, deliver) {
      const key = `${sender} ${id}`
      const digest = digestOf(content)
      const known = remembered.get(key)
      if (known !== undefined) {
        return known.digest === digest ? known.answer : Promise.reject(reused(id))
      }
      const entry: Remembered = { digest, answer: deliver() }
      remembered.set(key, entry, clock.monotonic() + limits.idMemoryMs)
      entry.answer.catch(() => {
        if (remembered.get(key) === entry) remembered.delete(key)
      })
      return entry.answer
    },
  }
}

/** Lengths go in, so that no two contents run together to one text. */
function digestOf(content: readonly string[]): string {
  return hash('sha256', content.map((part) => `${part.length}:${part}`).join(''), 'base64url')
}

function reused(id: string): ChatError {
  return new ChatError(
    'id_reused',
    `The id ${id} was used within the last 10 minutes with another content or recipient. Send again with a new id.`,
  )
}
