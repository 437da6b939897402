/**
 * Who may import whom, as docs/architecture says: a package imports only what its package.json
 * lists, only by package name (no deep paths), and inside the server only in the direction
 * http → domain → ports, drivers → ports. Prints every breach and exits 1.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { importsOf, sourceFiles } from './lib/imports.ts'

type Manifest = {
  name: string
  keywords?: readonly string[]
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** Folder of packages/server/src → folders it may import; `main.ts` and config sit at the top and may use all. */
const serverRooms: Record<string, readonly string[]> = {
  http: ['domain', 'ports', 'ops', 'plugins'],
  domain: ['ports'],
  ports: [],
  drivers: ['ports'],
  plugins: ['ports', 'domain', 'ops'],
  ops: ['ports'],
  migrate: ['ports'],
}

const breaches: string[] = []

for (const manifestPath of globSync(['packages/*/package.json', 'plugins/*/package.json'])) {
  const folder = dirname(manifestPath)
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest
  for (const file of sourceFiles(folder)) {
    for (const { target, isTypeOnly, isDynamic } of importsOf(file)) {
      if (target.startsWith('.')) checkRelative(folder, file, target)
      else checkPackage(manifest, file, target, isTypeOnly || isDynamic)
    }
  }
}

function checkPackage(manifest: Manifest, file: string, target: string, isOptional: boolean): void {
  if (target.startsWith('node:')) return
  const name = target.startsWith('@')
    ? target.split('/').slice(0, 2).join('/')
    : target.split('/')[0]
  if (name === undefined || name === manifest.name || manifest.dependencies?.[name]) return
  // What whoever uses the package brings along: its shapes, and what is asked for only when it is needed. To a plugin
  // server and program give the SDK, come what may.
  const isGiven = isOptional || manifest.keywords?.includes('secure-chat-plugin')
  if (isGiven && manifest.peerDependencies?.[name]) return
  breaches.push(`${file}: imports ${name}, which ${manifest.name} does not list`)
}

function checkRelative(folder: string, file: string, target: string): void {
  const source = join(folder, 'src')
  const landed = normalize(join(dirname(file), target))
  if (!landed.startsWith(folder + sep)) {
    breaches.push(`${file}: reaches outside its package (${target})`)
    return
  }
  if (!folder.endsWith(join('packages', 'server'))) return
  const from = relative(source, file).split(sep)
  const to = relative(source, landed).split(sep)
  const allowed = serverRooms[from[0] ?? '']
  if (!allowed || from.length === 1 || to.length === 1 || from[0] === to[0]) return
  if (!allowed.includes(to[0] ?? '')) breaches.push(`${file}: ${from[0]} may not import ${to[0]}`)
}

for (const breach of breaches) process.stderr.write(`${breach}\n`)
if (breaches.length > 0) process.exit(1)
