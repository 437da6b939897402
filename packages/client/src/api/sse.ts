/** One event of a stream as it stood there. `id` only when its own block had one. */
export type SseEvent = { event: string | undefined; id: string | undefined; data: string }

export type SseParser = {
  /** @throws RangeError when one event is longer than the limit */
  feed(text: string): SseEvent[]
  /** The last `retry:` since this was called before, in ms. */
  takeRetry(): number | undefined
}

/**
 * Server-Sent Events (HTML standard, section 9.2.6), bounded. Own code, because the usual library
 * (eventsource-parser) exports TypeScript under the condition `source`, by which this workspace runs its own.
 */
export function makeSseParser(eventMaxChars: number): SseParser {
  let pending: string[] = []
  let pendingChars = 0
  let endsInCr = false
  let retryMs: number | undefined
  let block: { event?: string; id?: string; data: string[]; size: number } = empty()

  function take(line: string): SseEvent | undefined {
    if (line === '') return dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return undefined
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    block.size += value.length
    if (field === 'data') block.data.push(value)
    else if (field === 'event') block.event = value
    else if (field === 'id' && !value.includes('\0')) block.id = value
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) retryMs = Number(value)
    return undefined
  }

  function dispatch(): SseEvent | undefined {
    const { event, id, data } = block
    block = empty()
    return data.length === 0 ? undefined : { event, id, data: data.join('\n') }
  }

  return {
    feed(text) {
      // Joined only at a line's end, so that a line that comes byte by byte costs no more than a whole one.
      pending.push(text)
      pendingChars += text.length
      if (pendingChars + block.size > eventMaxChars) throw new RangeError('event too long')
      if (!/[\r\n]/.test(text) && !endsInCr) return []
      const whole = pending.join('')
      const events: SseEvent[] = []
      let start = 0
      // A CR at the very end may be half of a CRLF: it waits for the next character.
      for (const { 0: end, index } of whole.matchAll(/\r\n|\n|\r(?=[\s\S])/g)) {
        const event = take(whole.slice(start, index))
        if (event) events.push(event)
        start = index + end.length
      }
      pending = [whole.slice(start)]
      pendingChars = whole.length - start
      endsInCr = whole.endsWith('\r')
      return events
    },
    takeRetry() {
      const taken = retryMs
      retryMs = undefined
      return taken
    },
  }
}

function empty() {
  return { data: [], size: 0 }
}
