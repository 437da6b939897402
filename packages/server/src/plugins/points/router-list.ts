import type { Router } from 'express'

/** `GET /hello` of every route of a router; `ALL *` for what runs whatever is called. For people: what of a plugin is public. */
export function routesIn(router: Router | undefined): string[] {
  return (router?.stack ?? []).flatMap(({ route }) => {
    if (route === undefined) return ['ALL *']
    const methods = new Set(route.stack.map(({ method }) => (method ?? 'all').toUpperCase()))
    return Array.from(methods, (method) => `${method} ${String(route.path)}`)
  })
}
