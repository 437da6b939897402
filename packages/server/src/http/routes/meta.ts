import { endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'

/** What the server says of itself. */
export function metaRoutes(routes: Routes, { wellKnown, health }: Services): void {
  mount(routes, endpoints.wellKnown, async () => wellKnown())
  mount(routes, endpoints.livez, async () => ({ status: 'OK' }))
  mount(routes, endpoints.readyz, async () => {
    await health.checkReady()
    return { status: 'OK' }
  })
}
