/**
 * Runs after `npm install` and as `npm run build`: builds what the binaries start from, then the list of
 * commands that lets the CLI start without loading each of them. In an install without dev dependencies
 * (a published package, which ships both) there is nothing to build and no compiler.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

if (existsSync('node_modules/typescript')) {
  execFileSync('npx', ['tsc', '-b'], { stdio: 'inherit' })
  const { bundleCli } = await import('./lib/bundle-cli.ts')
  await bundleCli()
  execFileSync('npx', ['oclif', 'manifest', 'packages/cli'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
