/**
 * `@secure-chat/plugin-sdk` is this program's own copy for every plugin, wherever it lies and whatever it brings: one
 * copy, no skew, and a plugin needs nothing that is not in it. `@oclif/core` is this program's for a plugin that has none.
 */
import { createRequire, registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type Options = {
  /** Folder of the program's package. */
  readonly root: string
  /** Run from dist, where the SDK lies in a bundle of its own. */
  readonly isBuilt: boolean
}

/** For everything that is imported or required from now on. */
export function provideSdk({ root, isBuilt }: Options): void {
  const halves = ['cli', 'server']
  const addresses = new Map(
    halves.map((half) => {
      const specifier = `@secure-chat/plugin-sdk/${half}`
      const file = join(root, 'dist', 'plugin-sdk', `${half}.js`)
      return [specifier, isBuilt ? pathToFileURL(file).href : import.meta.resolve(specifier)]
    }),
  )
  const ownRequire = createRequire(join(root, 'package.json'))
  registerHooks({
    resolve(specifier, context, next) {
      const address = addresses.get(specifier)
      // Not by `next`, which takes no address where a package of CommonJS requires it.
      if (address !== undefined) return { url: address, shortCircuit: true }
      if (!/^@oclif\/core(?:\/|$)/.test(specifier)) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch (error) {
        if (!isMissing(error)) throw error
        const url = pathToFileURL(ownRequire.resolve(specifier)).href
        return { url, shortCircuit: true }
      }
    },
  })
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}
