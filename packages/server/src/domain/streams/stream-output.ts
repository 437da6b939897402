import type { Writable } from 'node:stream'
import { limits } from '@secure-chat/protocol'
import type { Clock } from '../../ports/clock.ts'

/** Collects the events of one tick into one write, and knows what a consumer leaves unread. */
export interface StreamOutput {
  /** Appends text; written at the end of the tick. */
  push(text: string): void
  /** Writes at once what was collected. */
  flush(): void
  /** Is more than 1 MiB unsent? */
  isFull(): boolean
  /** Resolves when little is unsent, or the consumer is gone. */
  room(): Promise<void>
  /** A comment, when nothing waits to be read. False: nothing has been read for four beats. */
  beat(comment: string): boolean
  /** Writes the last text and ends; a consumer that does not take it within 10 s loses the connection. */
  end(text: string): void
  /** Drops the connection with all that is unsent. */
  destroy(): void
}

/** A stream has room again below this much unsent. */
const roomBytes = 256 * 1024
const stalledBeatsMax = 4
const endGraceMs = 10_000

export function makeStreamOutput({
  writable,
  clock,
}: {
  readonly writable: Writable
  readonly clock: Pick<Clock, 'setTimeout'>
}): StreamOutput {
  let pending = ''
  let isScheduled = false
  let stalledBeats = 0
  let unsentAtBeat = 0

  const isOver = () => writable.destroyed || writable.writableEnded

  function flush(): void {
    isScheduled = false
    const text = pending
    pending = ''
    if (text !== '' && !isOver()) writable.write(text)
  }

  return {
    push(text) {
      pending += text
      if (isScheduled) return
      isScheduled = true
      queueMicrotask(flush)
    },
    flush,
    // No getter: each literal with one has a hidden class of its own, hundreds of bytes a stream.
    isFull: () => writable.writableLength + pending.length > limits.streamUnsentMaxBytes,
    async room() {
      flush()
      while (writable.writableLength > roomBytes && !writable.destroyed) await drained(writable)
    },
    beat(comment) {
      const unsent = writable.writableLength
      stalledBeats = unsent > 0 && unsent >= unsentAtBeat ? stalledBeats + 1 : 0
      unsentAtBeat = unsent
      if (unsent === 0 && !isOver()) writable.write(comment)
      return stalledBeats < stalledBeatsMax
    },
    end(text) {
      flush()
      if (isOver()) return
      const cancel = clock.setTimeout(() => writable.destroy(), endGraceMs)
      writable.once('close', cancel)
      writable.end(text)
    },
    destroy() {
      pending = ''
      writable.destroy()
    },
  }
}

function drained(writable: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      writable.off('drain', done)
      writable.off('close', done)
      resolve()
    }
    writable.on('drain', done)
    writable.on('close', done)
  })
}
