import type { Services } from '../../services.ts'
import type { Routes } from '../endpoint.ts'

/** One line a topic; the app orders what they declare by path. */
export function declareRoutes(_routes: Routes, _services: Services): void {}
