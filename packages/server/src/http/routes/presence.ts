import { ChatError, endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'

export function presenceRoutes(routes: Routes, services: Services): void {
  mount(routes, endpoints.setPresence, async ({ user, params, body }) => {
    // The same answer for every other name, there or not.
    if (params.username !== user) {
      throw new ChatError(
        'not_yours',
        `You can set only your own presence: POST /chat/presence/${user}.`,
      )
    }
    await services.presence.set(user, { state: body.status, text: body.text ?? null })
    return { status: 'OK' }
  })
}
