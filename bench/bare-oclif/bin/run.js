// The yardstick of a start: oclif as its generator writes it, the same plugins, the compile cache on.
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { execute } = await import('@oclif/core')
await execute({ dir: import.meta.url })
