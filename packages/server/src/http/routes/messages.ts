import { endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'

export function messageRoutes(routes: Routes, services: Services): void {
  mount(routes, endpoints.sendMessage, async ({ user, params, body, proof, requestId }) => {
    const { id, timestamp } = await services.sendMessage({
      sender: user,
      recipient: params.username,
      message: body.message,
      id: body.id,
      toKey: body.to_key,
      proof,
      requestId,
    })
    return { status: 'OK', id, timestamp }
  })

  mount(routes, endpoints.keyExchange, async ({ user, params, body, proof, requestId }) => {
    const { id, timestamp } = await services.exchangeKeys({
      sender: user,
      recipient: params.username,
      encryptedKey: body.encrypted_key,
      id: body.id,
      proof,
      requestId,
    })
    return { status: 'OK', id, timestamp }
  })

  mount(routes, endpoints.readMessages, async ({ user, session, query, response }) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const { messages, next, more } = await services.readMailbox({
      user,
      sidHash: session.sidHash,
      after: query.after,
      limit: query.limit,
      waitMs: query.wait * 1000,
      signal: gone.signal,
    })
    return { messages: [...messages], next, more }
  })
}
