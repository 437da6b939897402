import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { ChatError } from '@secure-chat/protocol'
import { type SettingKey, settingsTable } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A value as found, with the place to name when it is wrong. */
export interface Found {
  readonly value: unknown
  readonly place: string
}

const configFileNames = [
  'secure-chat.config.ts',
  'secure-chat.config.js',
  'secure-chat.config.json',
]
const keys = Object.keys(settingsTable).filter((key): key is SettingKey => key in settingsTable)

/** Values from the environment, from `NAME_FILE`s and from the configuration file; the environment wins. */
export async function readSources(env: Environment, cwd: string): Promise<Map<SettingKey, Found>> {
  const file = await readConfigFile(env, cwd)
  const found = new Map<SettingKey, Found>()
  for (const key of keys) {
    const value = fromEnvironment(key, env, cwd) ?? file.get(key)
    if (value !== undefined) found.set(key, value)
  }
  return found
}

function fromEnvironment(key: SettingKey, env: Environment, cwd: string): Found | undefined {
  const { name, isSecret } = settingsTable[key]
  const direct = env[name]
  const fileName = isSecret ? env[`${name}_FILE`] : undefined
  if (fileName === undefined || fileName === '') {
    return direct === undefined || direct === '' ? undefined : { value: direct, place: name }
  }
  if (direct !== undefined && direct !== '') {
    throw invalid(`${name} and ${name}_FILE are both set. Keep one of them.`)
  }
  return {
    value: readSecretFile(resolve(cwd, fileName), `${name}_FILE`).trim(),
    place: `${name}_FILE`,
  }
}

/** A secret that others on the machine can read is none: ASVS 13.3.1. */
export function readSecretFile(path: string, name: string): string {
  refuseOpenFile(path, name)
  return readFileSync(path, 'utf8')
}

export function refuseOpenFile(path: string, name: string): void {
  let mode: number
  try {
    mode = statSync(path).mode
  } catch (cause) {
    throw invalid(
      `${name} names ${path}, which cannot be read (${systemCodeOf(cause) ?? messageOf(cause)}). Example: ${name}=/run/secrets/secure-chat`,
      cause,
    )
  }
  if (process.platform !== 'win32' && (mode & 0o004) !== 0) {
    throw invalid(
      `${name} names ${path}, which every user of this machine can read. Close it: chmod 600 ${path}`,
    )
  }
}

/** The configuration file in force, if any; what it names is looked for beside it. */
export function configFileOf(env: Environment, cwd: string): string | undefined {
  const named = env.SECURE_CHAT_CONFIG
  if (named !== undefined && named !== '') return resolve(cwd, named)
  return configFileNames
    .map((name) => resolve(cwd, name))
    .find((candidate) => existsSync(candidate))
}

async function readConfigFile(env: Environment, cwd: string): Promise<Map<SettingKey, Found>> {
  const path = configFileOf(env, cwd)
  if (path === undefined) return new Map()
  const content = await loadFile(path)
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw invalid(`${path} must hold one object of settings. Example: { "port": 8000 }`)
  }
  const found = new Map<SettingKey, Found>()
  for (const [name, value] of Object.entries(content)) {
    const key = keys.find((known) => known === name)
    if (key === undefined) {
      throw invalid(
        `${path} sets ${JSON.stringify(name)}, which is no setting. Known: ${keys.join(', ')}.`,
      )
    }
    if (settingsTable[key].isSecret)
      refuseOpenFile(path, 'The configuration file (it holds a secret)')
    found.set(key, { value, place: `${name} in ${path}` })
  }
  return found
}

async function loadFile(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8'))
    const module: { default?: unknown } = await import(pathToFileURL(path).href)
    return module.default
  } catch (cause) {
    const hint = isOfCommonJs(cause) ? ' The package.json beside it must say "type": "module".' : ''
    throw invalid(
      `The configuration file ${path} could not be loaded: ${messageOf(cause)}.${hint}`,
      cause,
    )
  }
}

/** What Node says of `export` and `import` where the nearest package.json says "type": "commonjs", as `npm init` writes it. */
function isOfCommonJs(cause: unknown): boolean {
  return (
    cause instanceof SyntaxError &&
    /Unexpected token 'export'|Cannot use import statement/.test(cause.message)
  )
}

export function invalid(detail: string, cause?: unknown): ChatError {
  return new ChatError('config_invalid', detail, cause === undefined ? {} : { cause })
}

/** `ENOENT`, `EADDRINUSE` …: the code that the system gave an error. */
export function systemCodeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : undefined
}

function messageOf(cause: unknown): string {
  return types.isNativeError(cause) ? cause.message : String(cause)
}
