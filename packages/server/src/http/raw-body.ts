import { ChatError, limits } from '@secure-chat/protocol'
import type { Request, Response } from 'express'
import { hasBody } from './media-type.ts'

const noBody = Buffer.alloc(0)
const mostChunks = 256

/** The client went away; there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/**
 * The raw body, once, whatever its media type.
 *
 * @throws ChatError `too_large` (by Content-Length before a byte is read, else by count), `unsupported_media_type`
 *   for a Content-Encoding: what is hashed and signed is what is parsed
 */
export function readBody(request: Request, response: Response): Promise<Buffer> | Buffer {
  if (!hasBody(request)) return noBody
  if (request.headers['content-encoding'] !== undefined) {
    throw new ChatError('unsupported_media_type', 'Send the body without Content-Encoding.')
  }
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > limits.bodyMaxBytes) throw tooLarge()
  // Asked for only now: a refused upload is not invited.
  if (request.headers.expect !== undefined) response.writeContinue()
  return collect(request)
}

/** Three listeners that are never taken off: the request is thrown away with them, and settling twice is harmless. */
function collect(request: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.bodyMaxBytes) {
        chunks = []
        reject(tooLarge())
        return
      }
      chunks.push(chunk)
      // A body that comes byte by byte must not cost a hundred bytes of memory for each.
      if (chunks.length === mostChunks) chunks = [Buffer.concat(chunks, size)]
    })
    request.on('end', () => resolve(join(chunks, size)))
    const onClose = () => {
      // Every request closes in the end, and an error costs more than all of this.
      if (!request.readableEnded) reject(new ClientGone('The client went away during its upload.'))
    }
    request.on('close', onClose)
    if (request.destroyed) onClose()
  })
}

function join(chunks: Buffer[], size: number): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size)
}

function tooLarge(): ChatError {
  return new ChatError('too_large', `The body is larger than ${limits.bodyMaxBytes / 1024} KiB.`)
}
