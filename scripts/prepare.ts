/**
 * Runs after `npm install`: builds what the binaries start from. In an install without dev
 * dependencies (a published package) there is nothing to build and no compiler.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

if (existsSync('node_modules/typescript')) {
  execFileSync('npx', ['tsc', '-b'], { stdio: 'inherit' })
}
