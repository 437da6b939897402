import type { Services } from '../../services.ts'
import type { Routes } from '../endpoint.ts'
import { accountRoutes } from './account.ts'
import { authRoutes } from './auth.ts'
import { metaRoutes } from './meta.ts'
import { sessionRoutes } from './sessions.ts'

/** One line a topic; the app orders what they declare by path. */
export function declareRoutes(routes: Routes, services: Services): void {
  authRoutes(routes, services)
  sessionRoutes(routes, services)
  accountRoutes(routes, services)
  metaRoutes(routes, services)
}
