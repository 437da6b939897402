import { endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'

/** The sessions of the caller's account. */
export function sessionRoutes(routes: Routes, { sessions }: Services): void {
  mount(routes, endpoints.listSessions, async ({ user, session }) => {
    const listed = await sessions.list(user)
    return {
      sessions: listed.map((one) => ({
        session_id: one.sessionId,
        created_at: new Date(one.createdAt).toISOString(),
        last_used_at: new Date(one.lastUsedAt).toISOString(),
        expires_at: new Date(one.expiresAt).toISOString(),
        current: one.sidHash === session.sidHash,
        client: one.client,
      })),
    }
  })

  mount(routes, endpoints.revokeSession, async ({ user, params }) => {
    await sessions.endByName(user, params.session_id)
    return { status: 'OK' }
  })
}
