import { readFile, stat } from 'node:fs/promises'
import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { parseCalendarUrl } from './calendar-url.ts'
import type { CalendarConfig } from './config.ts'
import { readText } from './text-source.ts'

/** What a source answered. `version` is handed in the next time, to be told when there is nothing new. */
export type Found =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'text'; readonly text: string; readonly version: Version | undefined }

/** Opaque; of a file what the disk says of it, of a URL the validators of HTTP. */
export type Version = Readonly<Record<string, string>>

/** Where a calendar comes from. */
export interface Source {
  /** @throws Error that says why not, and nothing of the URL, which may be a secret */
  load(known: Version | undefined): Promise<Found>
}

const loadMs = 30_000

export interface SourceDeps {
  readonly clock: ServerContext['clock']
  readonly signal: AbortSignal
  readonly maxBytes: number
}

/** @throws Error for a URL or token that cannot be used */
export function makeSource(config: CalendarConfig, what: string, deps: SourceDeps): Source {
  if ('file' in config) return fileSource(config.file, deps)
  const url = parseCalendarUrl(readText(config.url, `${what}.url`), what)
  const token = config.token && readText(config.token, `${what}.token`)
  return urlSource(url, token, deps)
}

function fileSource(path: string, { maxBytes }: SourceDeps): Source {
  return {
    async load(known) {
      try {
        const found = await stat(path)
        // Reading a pipe would wait for whoever writes into it.
        if (!found.isFile()) throw new SourceError('it is no regular file')
        const { size, mtimeMs } = found
        if (size > maxBytes) throw tooLarge(maxBytes)
        const version = { size: String(size), changed: String(mtimeMs) }
        if (known?.size === version.size && known.changed === version.changed) {
          return { kind: 'unchanged' }
        }
        return { kind: 'text', text: await readFile(path, 'utf8'), version }
      } catch (error) {
        const { code } = Object(error)
        throw typeof code === 'string' ? new Error(`the file cannot be read (${code})`) : error
      }
    },
  }
}

function urlSource(
  url: URL,
  token: string | undefined,
  { clock, signal, maxBytes }: SourceDeps,
): Source {
  return {
    async load(known) {
      const late = new AbortController()
      const stopTimer = clock.setTimeout(() => late.abort(), loadMs)
      try {
        const response = await fetch(url, {
          // Where it leads was not said by the operator, and must not get the token.
          redirect: 'manual',
          signal: AbortSignal.any([signal, late.signal]),
          headers: {
            accept: 'text/calendar',
            'user-agent': 'secure-chat-presence-calendar',
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...known,
          },
        })
        return await foundIn(response, maxBytes, known)
      } catch (error) {
        if (error instanceof SourceError) throw error
        const why = late.signal.aborted ? `no answer within ${loadMs / 1000} s` : codeOf(error)
        throw new SourceError(why)
      } finally {
        stopTimer()
      }
    },
  }
}

async function foundIn(
  response: Response,
  maxBytes: number,
  known: Version | undefined,
): Promise<Found> {
  const { status, headers, body } = response
  if (status !== 200) {
    await body?.cancel()
    if (status === 304 && known !== undefined) return { kind: 'unchanged' }
    const isRedirect = status >= 300 && status < 400
    throw new SourceError(`status ${status}${isRedirect ? ': redirects are not followed' : ''}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Counted as it comes: what is said of the length may be wrong, and is of the packed form.
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  const etag = headers.get('etag')
  const modified = headers.get('last-modified')
  const version = {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(modified !== null && { 'if-modified-since': modified }),
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks))
  return { kind: 'text', text, version: Object.keys(version).length > 0 ? version : undefined }
}

/** With words that may be logged. */
class SourceError extends Error {}

function tooLarge(maxBytes: number): SourceError {
  return new SourceError(`it is larger than ${maxBytes / 1_000_000} MB (maxMegabytes)`)
}

/** `ECONNREFUSED` and the like: the message may have the address in it. */
function codeOf(error: unknown): string {
  const { code } = Object(Object(error).cause)
  return typeof code === 'string' ? code : 'no connection'
}
