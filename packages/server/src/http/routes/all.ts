import type { Services } from '../../services.ts'
import type { Routes } from '../endpoint.ts'
import { accountRoutes } from './account.ts'
import { authRoutes } from './auth.ts'
import { blockRoutes } from './blocks.ts'
import { messageRoutes } from './messages.ts'
import { metaRoutes } from './meta.ts'
import { presenceRoutes } from './presence.ts'
import { publicKeyRoutes } from './public-key.ts'
import { sessionRoutes } from './sessions.ts'
import { streamRoutes } from './stream.ts'
import { userRoutes } from './users.ts'

/** One line a topic; the app orders what they declare by path. */
export function declareRoutes(routes: Routes, services: Services): void {
  authRoutes(routes, services)
  sessionRoutes(routes, services)
  accountRoutes(routes, services)
  messageRoutes(routes, services)
  streamRoutes(routes, services)
  userRoutes(routes, services)
  presenceRoutes(routes, services)
  publicKeyRoutes(routes, services)
  blockRoutes(routes, services)
  metaRoutes(routes, services)
}
