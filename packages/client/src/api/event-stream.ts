import {
  ChatError,
  type StreamEvent as ServerEvent,
  streamEventSchema,
} from '@secure-chat/protocol'
import { createParser, type EventSourceMessage, type ParseError } from 'eventsource-parser'

/** What the server sends, and `retry`: connect again after that time (it shuts down). */
export type StreamEvent = ServerEvent | { event: 'retry'; data: { retry_ms: number } }

/** A message of 192 KiB may grow sixfold when JSON escapes all of it. */
const eventMaxChars = 2 * 1024 * 1024
const retryMaxMs = 60_000

const known: ReadonlySet<string> = new Set(['ready', 'message', 'presence', 'resync', 'end'])

/**
 * Reads Server-Sent Events (HTML standard, section 9.2). Kinds this version does not know are passed over.
 * @throws ChatError `bad_answer` for an event that is too large or not of its schema
 */
export async function* readEventStream(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent> {
  const ready: StreamEvent[] = []
  let broken: ParseError | undefined
  const parser = createParser({
    maxBufferSize: eventMaxChars,
    onEvent(message) {
      const event = readEvent(message)
      if (event) ready.push(event)
    },
    onRetry(ms) {
      ready.push({ event: 'retry', data: { retry_ms: Math.min(ms, retryMaxMs) } })
    },
    onError(error) {
      // A field with an unknown name is to be ignored (section 9.2.6); only growth without end is fatal.
      if (error.type === 'max-buffer-size-exceeded') broken = error
    },
  })
  const decoder = new TextDecoder()
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    yield* ready.splice(0)
    if (broken) throw badEvent('An event of the stream is larger than any message can be.', broken)
  }
}

function readEvent({ event, id, data }: EventSourceMessage): StreamEvent | undefined {
  if (event === undefined || !known.has(event)) return undefined
  try {
    return streamEventSchema.parse({
      event,
      ...(id !== undefined && { id }),
      data: JSON.parse(data),
    })
  } catch (cause) {
    throw badEvent(`An event of the stream (${event}) is not of the expected form.`, cause)
  }
}

function badEvent(detail: string, cause: unknown): ChatError {
  return new ChatError(
    'bad_answer',
    `${detail} Client and server may be of different versions, or something between them changed it.`,
    { cause },
  )
}
