import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ChatError } from '@secure-chat/protocol'
import type { SettingKey } from '../config/settings.ts'
import type { Found } from '../config/sources.ts'
import { withoutPassword } from '../config/without-password.ts'
import { loadConfig, type Settings, settingsFrom } from '../config.ts'
import { holdsSqliteData } from '../drivers/sqlite/index.ts'

/** Where the data of a server is, as an argument of `migrate` says it. */
export interface Place {
  readonly settings: Settings
  /** False where no data folder was named: what is kept beside the engines is not known then. */
  readonly hasFolder: boolean
  readonly database: string
  readonly queue: string
}

/**
 * `env` (the settings that `start` would run with), a configuration file, a folder (the embedded engines in it), or
 * URLs of engines without passwords, separated by commas, with a folder among them for an engine that is embedded.
 *
 * @throws ChatError `usage`, `config_invalid`
 */
export async function readPlace(flag: '--from' | '--to', word: string): Promise<Place> {
  if (word === 'env') return placeOf(await loadConfig(), true)
  if (word.includes('://')) return readUrls(flag, word)
  const path = resolve(word)
  if (/\.(json|js|ts)$/.test(word) || (existsSync(path) && statSync(path).isFile())) {
    return placeOf(await loadConfig({ SECURE_CHAT_CONFIG: path }), true)
  }
  return placeOf(settingsFrom({ dataDir: path }), true)
}

async function readUrls(flag: string, word: string): Promise<Place> {
  // A URL itself may hold commas between its hosts: only what begins like a URL or a path begins a part.
  const parts = word.split(/,(?=[a-z][a-z0-9+.-]*:\/\/|\.{0,2}\/)/i)
  for (const part of parts) refusePassword(flag, part)
  const urls = parts.filter((part) => part.includes('://'))
  const folders = parts.filter((part) => !part.includes('://'))
  const { databases, queues } = byKind(flag, urls, folders.length > 0)
  if (queues.length > 1 || databases.length > 1 || folders.length > 1) {
    throw usage(`${flag} names more than one database, queue or folder. ${example(flag)}`)
  }
  const [folder] = folders
  if (folder === undefined && (queues.length === 0 || databases.length === 0)) {
    const missing = queues.length === 0 ? 'queue' : 'database'
    throw usage(
      `${flag} does not say where the ${missing} is. Add its URL, or the folder of the embedded one. ${example(flag)}`,
    )
  }
  const change = (value: unknown): Found => ({ value, place: flag })
  const changes = new Map<SettingKey, Found>([
    ['databaseUrl', change(databases[0])],
    ['queueUrl', change(queues[0])],
  ])
  if (queues.length === 0) changes.set('queueLayout', change(undefined))
  if (folder !== undefined) changes.set('dataDir', change(folder))
  return placeOf(await loadConfig(undefined, undefined, changes), folder !== undefined)
}

/** Of an engine that a plugin brings, the scheme says nothing: what is missing it is, the database before the queue. */
function byKind(flag: string, urls: readonly string[], hasFolder: boolean) {
  const queues = urls.filter((url) => /^kafka/i.test(url))
  const databases = urls.filter((url) => /^mongodb(\+srv)?:/i.test(url))
  for (const url of urls) {
    if (queues.includes(url) || databases.includes(url)) continue
    if (hasFolder && urls.length === 1) {
      throw usage(
        `${flag} does not say whether ${url.slice(0, url.indexOf('://'))}:// is a database or a queue. Put it into a file, {"queueUrl": "…", "dataDir": "…"}, and name it: ${flag} FILE.json`,
      )
    }
    if (databases.length === 0) databases.push(url)
    else queues.push(url)
  }
  return { databases, queues }
}

function example(flag: string): string {
  return `Example: ${flag} mongodb://127.0.0.1/secure-chat,kafka://127.0.0.1:9092`
}

/** Arguments are in the list of processes, which everybody on the machine can read, and in the shell's history. */
function refusePassword(flag: string, url: string): void {
  if (!/@|[?&][^=]*(pass|secret|token)[^=]*=/i.test(url)) return
  throw usage(
    `${flag} holds a user or a password, which others can read in the list of processes. Change that password, put the URL into a file that only you can read, {"databaseUrl": "…", "queueUrl": "…"}, and name it: ${flag} FILE.json`,
  )
}

function usage(text: string): ChatError {
  return new ChatError('usage', text)
}

function placeOf(settings: Settings, hasFolder: boolean): Place {
  const { databaseUrl, queueUrl, queueLayout, dataDir } = settings
  const embedded = `embedded in ${dataDir}`
  return {
    settings,
    hasFolder,
    database: databaseUrl === undefined ? embedded : withoutPassword(databaseUrl),
    queue: queueUrl === undefined ? embedded : `${withoutPassword(queueUrl)} (${queueLayout})`,
  }
}

export function isSameDatabase({ settings: a }: Place, { settings: b }: Place): boolean {
  if (a.databaseUrl !== b.databaseUrl) return false
  return a.databaseUrl !== undefined || a.dataDir === b.dataDir
}

export function isSameQueue(from: Place, to: Place): boolean {
  const [a, b] = [from.settings, to.settings]
  if (a.queueUrl !== b.queueUrl || a.queueLayout !== b.queueLayout) return false
  if (a.queueUrl === undefined) return a.dataDir === b.dataDir
  // Lanes are read from the database.
  return a.queueLayout === 'topics' || (a.lanes === b.lanes && isSameDatabase(from, to))
}

/** @throws ChatError `usage`: opening a folder without data would make an empty server of it, and copy that */
export function refuseEmptyFolder(
  flag: string,
  { databaseUrl, queueUrl, dataDir }: Settings,
): void {
  const lacks = (url: string | undefined, what: 'database' | 'queue') =>
    url === undefined && !holdsSqliteData(dataDir, what)
  if (!lacks(databaseUrl, 'database') && !lacks(queueUrl, 'queue')) return
  throw usage(`${flag}: ${dataDir} holds no embedded data. Name the DATA_DIR of the server.`)
}
