import { registerHooks } from 'node:module'

const sdk = '@secure-chat/plugin-sdk'

/**
 * From now on `@secure-chat/plugin-sdk` and its parts mean the server's own copy, whoever imports them: there is one
 * copy, no skew between versions, and a plugin needs none of its own. The answer takes that back.
 */
export function supplySdk(): () => void {
  const hooks = register({
    resolve(specifier, context, nextResolve) {
      const isSdk = specifier === sdk || specifier.startsWith(`${sdk}/`)
      return nextResolve(specifier, isSdk ? { ...context, parentURL: import.meta.url } : context)
    },
  })
  return () => hooks?.deregister()
}

/** A test runner with a loader of its own refuses hooks: there, plugins find what that loader finds. */
function register(options: Parameters<typeof registerHooks>[0]) {
  try {
    return registerHooks(options)
  } catch {
    return undefined
  }
}
