/**
 * `npm run api-report [-- --update]`: the contract with plugins as TypeScript emits it, comments left out, in
 * packages/plugin-sdk/api-report.md. Exits 1 when the sources say something else, so that no change of what
 * others build on goes unseen: whoever changes it runs `--update`, and the difference is there to review.
 */
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { importsOf } from './lib/imports.ts'

const sdk = 'packages/plugin-sdk'
const file = join(sdk, 'api-report.md')

const now = report()
if (process.argv.includes('--update')) writeFileSync(file, now)
else if (now !== readReport()) {
  process.stderr.write(
    `The contract with plugins is not what ${file} says. If that is meant, write it down: npm run api-report -- --update\n`,
  )
  process.exit(1)
}

function report(): string {
  const out = mkdtempSync(join(tmpdir(), 'secure-chat-api-'))
  try {
    const flags = ['--emitDeclarationOnly', '--removeComments', '--declarationMap', 'false']
    const folders = ['--outDir', out, '--tsBuildInfoFile', join(out, 'info')]
    execFileSync('npx', ['tsc', '-p', sdk, ...flags, ...folders], { stdio: ['ignore', 2, 2] })
    const parts = reachable(globSync(`${out}/*/index.d.ts`))
      .sort()
      .map((path) => `## ${relative(out, path)}\n\`\`\`ts\n${readFileSync(path, 'utf8')}\`\`\`\n`)
    return `# What plugins build on\n\nWritten by \`npm run api-report -- --update\`; \`npm run check\` compares it.\n\n${parts.join('\n')}`
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** What the entries export, and what that is made of; files that only work inside are nobody's contract. */
function reachable(entries: readonly string[]): string[] {
  const found = new Set(entries)
  for (const file of found) {
    for (const { target } of importsOf(file)) {
      if (target.startsWith('.')) {
        found.add(join(dirname(file), target.replace(/\.(ts|js)$/, '.d.ts')))
      }
    }
  }
  return [...found]
}

function readReport(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
