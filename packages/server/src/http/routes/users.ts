import { endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'

export function userRoutes(routes: Routes, services: Services): void {
  mount(routes, endpoints.listUsers, async ({ query }) => {
    const { users, next } = await services.listUsers({
      online: query.online === true,
      prefix: query.prefix,
      after: query.after,
      limit: query.limit,
    })
    return { users: [...users], next }
  })
}
