import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ChatError } from '@secure-chat/protocol/errors'
import { checkPrivate } from './private-file.ts'

/** The settings that a profile keeps in its config file, with what each may be. */
export const settingTable = {
  server: {
    fallback: 'http://127.0.0.1:8000',
    example: 'https://chat.example.org',
    isValid: isUrl,
  },
  notify: { fallback: 'off', example: 'bell', isValid: oneOf('off', 'bell', 'osc9') },
  timestamps: { fallback: 'relative', example: 'exact', isValid: oneOf('relative', 'exact') },
  'connect-timeout': { fallback: '10', example: '10', isValid: isSeconds },
  'answer-timeout': { fallback: '30', example: '30', isValid: isSeconds },
} satisfies Record<string, SettingRow>

type SettingRow = {
  readonly fallback: string
  readonly example: string
  readonly isValid: (value: string) => boolean
}
export type SettingName = keyof typeof settingTable
type Settings = Readonly<Record<SettingName, string>>

export type SettingsFile = {
  /** Every setting, with its fallback where none is set. */
  readonly all: () => Settings
  readonly get: (name: SettingName) => string | undefined
  /** @throws ChatError usage for a value that the setting cannot take */
  readonly set: (name: SettingName, value: string) => void
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingTable, name)
}

/**
 * @param report is told, in one sentence, when the file was damaged and put aside
 * @throws ChatError unsafe_permissions | file_unreadable
 */
export function openSettingsFile(path: string, report: (text: string) => void): SettingsFile {
  const stored = readStored(path, report)
  return {
    all: () => ({
      server: stored.server ?? settingTable.server.fallback,
      notify: stored.notify ?? settingTable.notify.fallback,
      timestamps: stored.timestamps ?? settingTable.timestamps.fallback,
      'connect-timeout': stored['connect-timeout'] ?? settingTable['connect-timeout'].fallback,
      'answer-timeout': stored['answer-timeout'] ?? settingTable['answer-timeout'].fallback,
    }),
    get: (name) => stored[name],
    set(name, value) {
      checkValue(name, value)
      stored[name] = value
      writeWhole(path, `${JSON.stringify(stored, null, 2)}\n`)
    },
  }
}

type Stored = Partial<Record<SettingName, string>>

function readStored(path: string, report: (text: string) => void): Stored {
  const text = readIfThere(path)
  if (text === undefined) return {}
  checkPrivate(path)
  try {
    return parseStored(JSON.parse(text))
  } catch {
    const aside = `${path}.damaged-${Date.now()}`
    renameSync(path, aside)
    report(`The settings file was damaged. It is kept as ${aside}; the defaults are used.`)
    return {}
  }
}

function parseStored(value: unknown): Stored {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('not an object')
  }
  const stored: Stored = {}
  for (const [name, entry] of Object.entries(value)) {
    if (!isSettingName(name)) continue
    if (typeof entry !== 'string' || !settingTable[name].isValid(entry)) {
      throw new TypeError(`bad ${name}`)
    }
    stored[name] = entry
  }
  return stored
}

function readIfThere(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ChatError('file_unreadable', `The settings file ${path} cannot be read.`, { cause })
  }
}

/** Whole or not at all: a reader never sees half a file, and a full disk leaves the old one. */
function writeWhole(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(fresh, text, { mode: 0o600 })
  renameSync(fresh, path)
}

function checkValue(name: SettingName, value: string): void {
  const { isValid, example } = settingTable[name]
  if (isValid(value)) return
  throw new ChatError('usage', `"${value}" is not a value for ${name}.`, {
    suggestions: [`secure-chat config set ${name} ${example}`],
  })
}

function isUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

function isSeconds(value: string): boolean {
  return /^[1-9]\d{0,3}$/.test(value)
}

function oneOf(...values: readonly string[]): (value: string) => boolean {
  return (value) => values.includes(value)
}
