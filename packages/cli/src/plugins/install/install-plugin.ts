/**
 * Installs a plugin into a folder of its own, by npm. It is fetched and looked at beside, then put in place by one
 * rename: whatever goes wrong before leaves what was there as it was, and nothing of the new one.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Config } from '@oclif/core/interfaces'
import { ChatError } from '@secure-chat/protocol/errors'
import { type InstalledPlugin, membersOf } from '../installed.ts'
import type { InstallByNpm } from './npm.ts'
import { addToList } from './plugin-list.ts'
import type { Source } from './source.ts'
import { verifyPlugin } from './verify.ts'

export type Installed = {
  readonly name: string
  readonly version: string
  /** Where it came from: an address or a path. */
  readonly source: string
  /** Of the package's file, as npm's lock file has it; null for a folder. */
  readonly integrity: string | null
}

export type InstallOptions = {
  readonly config: Config
  readonly npm: InstallByNpm
  /** The hash that the package's file must have. */
  readonly pin: string | undefined
}

/** @throws ChatError plugin_error | not_found | network_unreachable | disk_full */
export async function installPlugin(
  source: Source,
  { config, npm, pin }: InstallOptions,
): Promise<Installed> {
  const place = join(config.dataDir, 'plugins')
  mkdirSync(place, { recursive: true, mode: 0o700 })
  removeStale(place, Date.now())
  const staged = mkdtempSync(join(place, '.new-'))
  const ending = new AbortController()
  const remove = () => {
    ending.abort()
    // npm may be in the middle of a write when it is ended.
    rmSync(staged, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 })
  }
  const release = beforeExit(remove)
  try {
    writeFileSync(join(staged, 'package.json'), '{ "private": true }\n')
    await npm(source.spec, staged, ending.signal)
    const fetched = whatCame(staged, source)
    checkPin(fetched, pin)
    const root = join('node_modules', fetched.name)
    const entry: InstalledPlugin = {
      name: fetched.name,
      type: 'user',
      root: join(staged, root),
      tag: source.path === undefined ? tagOf(source.spec) : undefined,
      url: source.path ?? (isAddress(source.spec) ? source.spec : undefined),
      spec: source.spec,
      integrity: fetched.integrity ?? undefined,
      isPinned: pin !== undefined,
    }
    await verifyPlugin(entry, config)
    const folder = join(place, encodeURIComponent(fetched.name))
    addToList(
      config.dataDir,
      { ...entry, root: join(folder, root) },
      { putInPlace: () => replaceFolder(staged, folder) },
    )
    return fetched
  } finally {
    release()
    remove()
  }
}

/** Ctrl-C ends the program where it stands, which only `exit` listeners hear of; the other signals not even they. */
function beforeExit(clean: () => void): () => void {
  const onEnd = () => process.exit(143)
  const onHangUp = () => process.exit(129)
  process.once('exit', clean)
  process.once('SIGTERM', onEnd)
  process.once('SIGHUP', onHangUp)
  return () => {
    process.off('exit', clean)
    process.off('SIGTERM', onEnd)
    process.off('SIGHUP', onHangUp)
  }
}

function whatCame(staged: string, { path }: Source): Installed {
  const [name, ...more] = Object.keys(
    membersOf(readJson(join(staged, 'package.json')).dependencies),
  )
  if (name === undefined || more.length > 0) {
    throw new ChatError('plugin_error', 'npm fetched no package, or several.')
  }
  const lock = readJson(join(staged, 'package-lock.json'))
  const { version, resolved, integrity } = membersOf(
    membersOf(lock.packages)[`node_modules/${name}`],
  )
  return {
    name,
    version: String(version),
    source: path ?? String(resolved ?? name),
    integrity: typeof integrity === 'string' ? integrity : null,
  }
}

function checkPin({ name, integrity }: Installed, pin: string | undefined): void {
  if (pin === undefined || integrity?.split(' ').includes(pin)) return
  const text =
    integrity === null
      ? `${name} comes from a folder, which has no integrity hash: pack it (npm pack) and install the file.`
      : `${name} is not the package you pinned: its hash is ${integrity}, not ${pin}.`
  throw new ChatError('plugin_error', text)
}

/** A rename each way, and back again should the second fail. */
function replaceFolder(fresh: string, folder: string): void {
  const old = `${fresh}.old`
  if (existsSync(folder)) renameSync(folder, old)
  try {
    renameSync(fresh, folder)
  } catch (error) {
    if (existsSync(old)) renameSync(old, folder)
    throw error
  }
  rmSync(old, { recursive: true, force: true })
}

/** Of `name@range`; what npm takes for no range is `latest`. */
function tagOf(spec: string): string {
  const at = spec.indexOf('@', 1)
  return at === -1 || isAddress(spec) ? 'latest' : spec.slice(at + 1)
}

function isAddress(spec: string): boolean {
  return spec.includes(':') || (spec.includes('/') && !spec.startsWith('@'))
}

const staleMs = 3_600_000

/** What an install left that was ended by force. */
function removeStale(place: string, now: number): void {
  for (const name of readdirSync(place)) {
    const path = join(place, name)
    if (!name.startsWith('.new-')) continue
    // Another install may end between our reading of the folder and this.
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined || now - found.mtimeMs < staleMs) continue
    rmSync(path, { recursive: true, force: true })
  }
}

function readJson(path: string): Record<string, unknown> {
  return membersOf(JSON.parse(readFileSync(path, 'utf8')))
}
