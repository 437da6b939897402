/**
 * No two modules may need one another, not even by their types: whoever reads one would have to know the other first.
 * Prints each cycle of imports and exits 1.
 */
import { dirname, join } from 'node:path'
import { importsOf, sourceFiles } from './lib/imports.ts'

const graph = new Map(
  sourceFiles().map((file) => [
    file,
    importsOf(file)
      .filter(({ target }) => target.startsWith('.'))
      .map(({ target }) => join(dirname(file), target)),
  ]),
)

const finished = new Set<string>()
const cycles: string[][] = []

function visit(file: string, path: readonly string[]): void {
  if (finished.has(file)) return
  const start = path.indexOf(file)
  if (start >= 0) {
    cycles.push([...path.slice(start), file])
    return
  }
  for (const next of graph.get(file) ?? []) visit(next, [...path, file])
  finished.add(file)
}

for (const file of graph.keys()) visit(file, [])
for (const cycle of cycles) process.stderr.write(`Import cycle: ${cycle.join(' → ')}\n`)
if (cycles.length > 0) process.exit(1)
