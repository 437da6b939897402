import { endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'
import { addressOf } from '../request-state.ts'

/** Registration, login, recovery: what is called without a session, and logout. */
export function authRoutes(
  routes: Routes,
  { accounts, signIn, keyChanges, sessions }: Services,
): void {
  mount(
    routes,
    endpoints.register,
    async ({ body: { name, password, 'pub-key': publicKey }, request, requestId }) => {
      await accounts.register({ name, password, publicKey, ip: addressOf(request), requestId })
      return { status: 'success', name }
    },
  )

  mount(routes, endpoints.login, async ({ body: { name, password }, request, requestId }) => {
    const client = request.headers['user-agent'] ?? ''
    const opened = await signIn({ name, password, ip: addressOf(request), client, requestId })
    return {
      'session-key': opened.sealedSessionKey,
      session_id: opened.sessionId,
      expires_at: new Date(opened.expiresAt).toISOString(),
    }
  })

  mount(
    routes,
    endpoints.recover,
    async ({ body: { name, password, 'pub-key': publicKey }, request }) => {
      const key = await keyChanges.recover({ name, password, publicKey, ip: addressOf(request) })
      return { status: 'OK', ...key }
    },
  )

  mount(routes, endpoints.logout, async ({ session }) => {
    await sessions.end(session)
    return { status: 'OK' }
  })
}
