import type { QueueRecord } from '@secure-chat/protocol'
import { isMailbox, isPublicKey, type Wire, withBody } from './wire.ts'

/** Lets a test be the server that answers GET /chat/messages: what it gives is all the client gets. */
export function serveMailbox(wire: Wire, serve: (records: QueueRecord[]) => QueueRecord[]): void {
  const before = wire.onAnswer
  wire.onAnswer = (request, answer) => {
    const next = before(request, answer)
    if (!isMailbox(request) || next.status !== 200) return next
    const page: { messages: QueueRecord[] } = JSON.parse(next.body.toString())
    return withBody(next, { ...page, messages: serve(page.messages) })
  }
}

export type DirectoryAnswer = {
  'public-key': string
  fingerprint: string
  seq: number
  changes: unknown[]
}

/** Lets a test be the server that answers GET /chat/{username}/publickey. */
export function serveKeys(
  wire: Wire,
  serve: (answer: DirectoryAnswer, target: string) => DirectoryAnswer,
): void {
  const before = wire.onAnswer
  wire.onAnswer = (request, answer) => {
    const next = before(request, answer)
    if (!isPublicKey(request) || next.status !== 200) return next
    return withBody(next, serve(JSON.parse(next.body.toString()), request.target))
  }
}
