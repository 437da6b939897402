/**
 * Puts our own packages, with zod and jose under them, into packages/cli/dist, since loading them one module at
 * a time is most of what a short command costs (docs/decisions/0041). What the CLI's package.json lists from
 * elsewhere stays outside (node-forge for e2ee, which requires it when it meets a key file). One run makes all
 * entries: each module exists once, so `instanceof ChatError` holds.
 *
 * The SDK that plugins get (docs/decisions/0076) is a bundle of its own: it offers all of zod, which would otherwise
 * come into every command.
 */
import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'

const cli = 'packages/cli'
const out = join(cli, 'dist')

const sdk = 'packages/plugin-sdk/src'

export async function bundleCli(): Promise<void> {
  const built = await Promise.all([
    bundle({
      entryPoints: [`${cli}/src/index.ts`, `${cli}/src/testing/index.ts`, ...helpAndCommands()],
      outbase: join(cli, 'src'),
      outdir: out,
    }),
    bundle({
      entryPoints: { cli: `${sdk}/cli/index.ts`, server: `${sdk}/server/index.ts` },
      outdir: join(out, 'plugin-sdk'),
    }),
  ])
  writeFileSync(join(out, 'third-party-licenses.txt'), licensesOf(built))
  const written = new Set(built.flatMap(({ outputs }) => Object.keys(outputs)))
  // After it, so that a command run meanwhile finds its files.
  for (const path of globSync([`${out}/**/*.js`, `${out}/**/*.js.map`])) {
    if (!written.has(path.replaceAll('\\', '/'))) rmSync(path)
  }
}

async function bundle(
  places: Pick<BuildOptions, 'entryPoints' | 'outbase' | 'outdir'>,
): Promise<Metafile> {
  const { metafile } = await build({
    ...places,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24.15',
    conditions: ['source'],
    external: outsiders(),
    sourcemap: true,
    legalComments: 'inline',
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

/** What oclif finds by its path: see `oclif` in packages/cli/package.json. */
function helpAndCommands(): string[] {
  return globSync([`${cli}/src/help/help.ts`, `${cli}/src/commands/**/*.ts`])
}

function outsiders(): string[] {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(cli, 'package.json'), 'utf8'),
  )
  return Object.keys(manifest.dependencies).filter((name) => !name.startsWith('@secure-chat/'))
}

/** Copied code keeps its licence: the text of each package of which something came in. */
function licensesOf(built: readonly Metafile[]): string {
  const inputs = built.flatMap((metafile) => Object.keys(metafile.inputs))
  const folders = inputs.flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  )
  return [...new Set(folders)].sort().map(licenseOf).join('\n')
}

function licenseOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`${folder} comes without a licence to copy`)
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8')}`
}
