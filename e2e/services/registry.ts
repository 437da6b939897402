/** A registry of npm packages on loopback (Verdaccio): what is published there was never on the network. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { freePorts, type Service, startProcess } from './service-process.ts'

export type Registry = Service & {
  readonly url: string
  /** Publishes the package in the folder, as `npm publish` does. */
  publish(folder: string): void
  /** For npm, and whatever calls it: this registry and no other, with a cache of its own. */
  readonly env: Readonly<Record<string, string>>
}

export type RegistryOptions = {
  /** For its packages, its log and npm's cache. */
  readonly folder: string
  /** What is not published here comes from there; without it, it is not there. */
  readonly uplink?: string
}

export async function startRegistry({ folder, uplink }: RegistryOptions): Promise<Registry> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [port = 0] = await freePorts(1)
  // JSON is YAML, which is what it reads.
  const config = join(folder, 'verdaccio.yaml')
  writeFileSync(config, JSON.stringify(configOf(folder, uplink)))
  const url = `http://127.0.0.1:${port}/`
  const service = await startProcess({
    name: 'verdaccio',
    folder,
    port,
    command: process.execPath,
    arguments: [verdaccio(), '--config', config, '--listen', url],
  })
  const npmrc = join(folder, 'npmrc')
  writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=loopback\n`, {
    mode: 0o600,
  })
  const env = {
    npm_config_userconfig: npmrc,
    npm_config_registry: url,
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_fetch_retries: '0',
  }
  return {
    ...service,
    url,
    env,
    publish: (packageFolder) =>
      void execFileSync('npm', ['publish', '--ignore-scripts', '--loglevel=error'], {
        cwd: packageFolder,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
  }
}

const ours = ['@secure-chat/*', 'secure-chat-plugin-*', 'create-secure-chat-plugin']

function configOf(folder: string, uplink: string | undefined): object {
  const everybody = { access: '$all', publish: '$all', unpublish: '$all' }
  return {
    storage: join(folder, 'storage'),
    self_path: folder,
    web: { enable: false },
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    uplinks: uplink === undefined ? {} : { npm: { url: uplink, maxage: '60m' } },
    packages: {
      // What bears our names is published here or not there: never a stranger's package of the same name.
      ...Object.fromEntries(ours.map((names) => [names, everybody])),
      '**': { ...everybody, ...(uplink !== undefined && { proxy: 'npm' }) },
    },
    log: { type: 'stdout', format: 'json', level: 'warn' },
  }
}

function verdaccio(): string {
  return join(createRequire(import.meta.url).resolve('verdaccio/package.json'), '../bin/verdaccio')
}
