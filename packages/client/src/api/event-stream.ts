import {
  ChatError,
  type StreamEvent as ServerEvent,
  streamEventSchema,
} from '@secure-chat/protocol'
import { makeSseParser, type SseEvent, type SseParser } from './sse.ts'

/** What the server sends, and `retry`: connect again after that time (it shuts down). */
export type StreamEvent = ServerEvent | { event: 'retry'; data: { retry_ms: number } }

/** A message of 192 KiB may grow sixfold when JSON escapes all of it. */
const eventMaxChars = 2 * 1024 * 1024
const retryMaxMs = 60_000

const known: ReadonlySet<string> = new Set(['ready', 'message', 'presence', 'resync', 'end'])

/**
 * Reads the stream's events. Kinds this version does not know are passed over.
 * @throws ChatError `bad_answer` for an event that is too large or not of its schema
 */
export async function* readEventStream(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent> {
  const parser = makeSseParser(eventMaxChars)
  const decoder = new TextDecoder()
  for await (const chunk of chunks) {
    for (const raw of feed(parser, decoder.decode(chunk, { stream: true }))) {
      const event = readEvent(raw)
      if (event) yield event
    }
    const retryMs = parser.takeRetry()
    if (retryMs !== undefined) {
      yield { event: 'retry', data: { retry_ms: Math.min(retryMs, retryMaxMs) } }
    }
  }
}

function feed(parser: SseParser, text: string): SseEvent[] {
  try {
    return parser.feed(text)
  } catch (cause) {
    throw badEvent('An event of the stream is larger than any message can be.', cause)
  }
}

function readEvent({ event, id, data }: SseEvent): StreamEvent | undefined {
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
