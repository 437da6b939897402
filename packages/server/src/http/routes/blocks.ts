import { endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'

export function blockRoutes(routes: Routes, services: Services): void {
  mount(routes, endpoints.listBlocks, async ({ user }) => ({
    blocks: await services.blocks.list(user),
  }))

  mount(routes, endpoints.block, async ({ user, params }) => {
    await services.blocks.add(user, params.username)
    return { status: 'OK' }
  })

  mount(routes, endpoints.unblock, async ({ user, params }) => {
    await services.blocks.remove(user, params.username)
    return { status: 'OK' }
  })
}
