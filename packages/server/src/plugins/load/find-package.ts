import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import * as z from 'zod'
import { textOf } from '../text-of.ts'
import { satisfiesApi } from './api-range.ts'
import { startFault } from './start-fault.ts'

/** A package with a server half, as found on the disk; nothing of it has run. */
export interface PluginPackage {
  /** As the operator wrote it. */
  readonly use: string
  /** Of package.json, for people. */
  readonly version: string
  /** The module to import, absolute. */
  readonly entry: string
}

const manifestSchema = z.looseObject({
  version: z.string().optional(),
  secureChat: z
    .looseObject({ server: z.string().optional(), api: z.string().optional() })
    .optional(),
})

/** Steps 1 to 3 of the checklist: the package is there, has a server half, and is for this version of the contract. */
export function findPackage(use: string, from: string): PluginPackage {
  const folder = folderOf(use, from)
  const manifest = readManifest(use, folder)
  const server = manifest.secureChat?.server
  if (server === undefined) {
    throw startFault('plugin_no_server_half', use, `(in ${folder}) names no server half`)
  }
  const entry = resolve(folder, server)
  if (!existsSync(entry)) {
    throw startFault('plugin_not_found', use, `names ${server}, which is not in ${folder}`)
  }
  checkApiRange(use, manifest.secureChat?.api)
  return { use, version: manifest.version ?? 'unknown', entry }
}

function folderOf(use: string, from: string): string {
  if (isAbsolute(use) || /^\.{1,2}([/\\]|$)/.test(use)) {
    const folder = resolve(from, use)
    if (existsSync(join(folder, 'package.json'))) return folder
    throw startFault('plugin_not_found', use, `is not found: there is no package.json in ${folder}`)
  }
  // By hand: `exports` of a package need not give its package.json out.
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', use)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(at) === at) break
  }
  throw startFault('plugin_not_found', use, `is not found in node_modules of ${from} or above`)
}

function readManifest(use: string, folder: string): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  } catch (cause) {
    throw startFault(
      'plugin_not_found',
      use,
      `has a package.json in ${folder} that cannot be read: ${textOf(cause)}`,
      cause,
    )
  }
}

/** The contract's version; rises as semver says, whatever the versions of the packages. */
const apiVersion = '1.0.0'

function checkApiRange(use: string, range: string | undefined): void {
  if (range === undefined || satisfiesApi(apiVersion, range)) return
  throw startFault(
    'plugin_api_range',
    use,
    `works with ${JSON.stringify(range)} of the contract; this server has ${apiVersion}`,
  )
}
