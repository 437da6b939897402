import type { Verdict } from '@secure-chat/plugin-sdk/server'
import { limits, printable } from '@secure-chat/protocol'
import { userNamePattern } from '@secure-chat/protocol/user-name'
import { shown } from '../shown.ts'

/** A verdict as the server goes by it: checked, copied, with keys and reason in their final form. */
export type CheckedVerdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'annotate'; readonly meta: Readonly<Record<string, string>> }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'copy'; readonly to: readonly string[] }
  | { readonly kind: 'retype'; readonly type: string }

const pass: CheckedVerdict = { kind: 'pass' }
const copiesMax = 100

/**
 * Reads what a transform of this plugin answered.
 *
 * @throws TypeError for what is no verdict or passes a limit
 */
export function makeReadVerdict({
  plugin,
  declares,
}: {
  readonly plugin: string
  readonly declares: readonly string[]
}): (raw: unknown) => CheckedVerdict {
  return (raw) => {
    if (typeof raw !== 'object' || raw === null) throw noVerdict(raw)
    // Each member is read once and checked below, whatever it is.
    const verdict = raw as Verdict
    switch (verdict.kind) {
      case 'pass':
        return pass
      case 'annotate':
        return { kind: 'annotate', meta: readMeta(plugin, verdict.meta) }
      case 'reject':
        return { kind: 'reject', reason: readReason(verdict.reason) }
      case 'copy':
        return { kind: 'copy', to: readNames(verdict.to) }
      case 'retype': {
        const { type } = verdict
        if (declares.includes(type)) return { kind: 'retype', type }
        throw new TypeError(`retypes to ${shown(type)}, which it does not declare`)
      }
      default:
        throw noVerdict(raw)
    }
  }
}

/** What a registration hook answered: `undefined` to go on, or why not. */
export function readRegistration(raw: unknown): string | undefined {
  if (typeof raw === 'object' && raw !== null && 'kind' in raw) {
    if (raw.kind === 'pass') return undefined
    if (raw.kind === 'reject') return readReason('reason' in raw ? raw.reason : undefined)
  }
  throw noVerdict(raw)
}

function readMeta(plugin: string, given: unknown): Readonly<Record<string, string>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError('annotates without a "meta" of texts')
  }
  let bytes = 0
  const entries = Object.entries(given).map(([key, value]: [string, unknown]) => {
    if (key === '' || printable(key) !== key)
      throw new TypeError('annotates under an unprintable key')
    if (typeof value !== 'string' || !value.isWellFormed()) {
      throw new TypeError(`annotates ${shown(key)} with what is no text`)
    }
    const name = `${plugin}.${key}`
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
    return [name, value] as const
  })
  if (bytes > limits.metaMaxBytes) {
    throw new TypeError(`annotates ${bytes} bytes; the limit is ${limits.metaMaxBytes}`)
  }
  return Object.fromEntries(entries)
}

/** A refusal stands, however it is written: its reason is made fit to be shown. */
function readReason(given: unknown): string {
  if (typeof given !== 'string' || given === '') throw new TypeError('rejects without a reason')
  return printable(given, limits.rejectReasonMaxChars)
}

function readNames(given: unknown): readonly string[] {
  if (!Array.isArray(given)) throw new TypeError('copies without a list "to"')
  if (given.length > copiesMax) {
    throw new TypeError(`copies to ${given.length} mailboxes; the limit is ${copiesMax}`)
  }
  return given.map((name: unknown) => {
    if (typeof name === 'string' && userNamePattern.test(name)) return name.toLowerCase()
    throw new TypeError(`copies to ${shown(name)}, which is no user name`)
  })
}

function noVerdict(raw: unknown): TypeError {
  const kind = typeof raw === 'object' && raw !== null && 'kind' in raw ? raw.kind : raw
  return new TypeError(`answered ${shown(kind)}, which is no verdict`)
}
