/** A registry on loopback with the packages of this repository, and below them those of the machine's own registry. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type Registry, startRegistry } from '@secure-chat/e2e/services'
import { root } from './paths.ts'

/** As `npm run prepare` has built them. */
const packages = ['protocol', 'plugin-sdk', 'e2ee', 'client', 'server', 'cli', 'create-plugin']

/** @param folder for what is published there */
export async function startOurRegistry(folder: string): Promise<Registry> {
  const registry = await startRegistry({ folder, uplink: npm('config', 'get', 'registry') })
  for (const name of packages) registry.publish(join(root, 'packages', name))
  return registry
}

/**
 * `describe` where packages can be installed from the machine's registry. Elsewhere its tests are counted as skipped
 * and one line says why, unless `REQUIRE_SERVICES=1`: then it fails, so that CI cannot pass without them.
 */
export function describeWithRegistry(name: string, body: () => void): void {
  if (process.env.REQUIRE_SERVICES === '1' || isReachable()) {
    describe(name, body)
    return
  }
  process.stderr.write(`SKIPPED, npm's registry does not answer: ${name}\n`)
  describe.skip(name, body)
}

function isReachable(): boolean {
  try {
    npm('view', 'typescript', 'version', '--fetch-retries=1', '--fetch-timeout=20000')
    return true
  } catch {
    return false
  }
}

function npm(...args: readonly string[]): string {
  return execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}
