import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

const require = createRequire(import.meta.url)

/** What the figures were measured on, and with which versions. */
export function describeMachine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  const versions = ['express', '@oclif/core'].map((name) => `${name} ${versionOf(name)}`)
  return [
    `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}, ${memory} GiB, ${type()} ${release()}`,
    `Node ${process.versions.node}, SQLite ${process.versions.sqlite}, ${versions.join(', ')}`,
  ].join('\n')
}

function versionOf(name: string): string {
  const found = require.resolve.paths(name)?.map((folder) => `${folder}/${name}/package.json`) ?? []
  for (const path of found) {
    try {
      return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  return 'not found'
}
