/** Is what a plugin's hook handed over a plugin of this contract? Said in a sentence that names what is wrong. */
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { parseEntered } from '../chat/slash/parse.ts'
import { membersOf } from './installed.ts'

const parts = [
  'name',
  'apiVersion',
  'transformOutgoing',
  'transformIncoming',
  'renderers',
  'slashCommands',
  'kinds',
  'on',
]
const events = ['opened', 'closed', 'presence', 'keyChanged']
const bands = ['early', 'normal', 'late']
const kindForm = /^x-[a-z0-9._-]{1,62}$/

/** What is wrong with it; undefined when nothing is. */
export function complaintAbout(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return 'its chat:extend hook gave no plugin: export default defineCliPlugin({ … })'
  }
  const { name, apiVersion, ...rest } = membersOf(value)
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9@/._-]{0,63}$/.test(name)) {
    return 'its name is not of lower-case letters, digits and dashes'
  }
  if (apiVersion !== 1) {
    return `it says apiVersion ${JSON.stringify(apiVersion)}, and this secure-chat has version 1 of the plugin API`
  }
  const unknown = Object.keys(rest).find((key) => !parts.includes(key))
  if (unknown !== undefined) return `there is no part "${unknown}" of a plugin`
  return (
    complaintAboutTransform('transformOutgoing', rest.transformOutgoing) ??
    complaintAboutTransform('transformIncoming', rest.transformIncoming) ??
    complaintAboutList('renderers', rest.renderers, (entry) =>
      typeof entry === 'function' ? undefined : 'is no function',
    ) ??
    complaintAboutList('slashCommands', rest.slashCommands, complaintAboutCommand) ??
    complaintAboutKinds(rest.kinds) ??
    complaintAboutEvents(rest.on)
  )
}

/** For a value that was looked at. */
export function isPlugin(value: unknown): value is CliPlugin {
  return complaintAbout(value) === undefined
}

function complaintAboutTransform(part: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const { handler, band = 'normal' } = membersOf(value)
  if (typeof handler !== 'function') return `${part} has no function "handler"`
  if (typeof band === 'string' && bands.includes(band)) return undefined
  return `the band of ${part} is one of ${bands.join(', ')}`
}

function complaintAboutList(
  part: string,
  value: unknown,
  complain: (entry: unknown) => string | undefined,
): string | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return `${part} is not a list`
  for (const [index, entry] of value.entries()) {
    const complaint = complain(entry)
    if (complaint !== undefined) return `${part}[${index}] ${complaint}`
  }
  return undefined
}

function complaintAboutCommand(value: unknown): string | undefined {
  const { name, describe, complete, run } = membersOf(value)
  if (typeof name !== 'string' || !canBeTyped(name)) {
    return 'has no name of lower-case letters, digits, - and _ (without the slash)'
  }
  if (typeof describe !== 'string') return `(/${name}) has no text "describe"`
  if (typeof run !== 'function') return `(/${name}) has no function "run"`
  if (complete !== undefined && typeof complete !== 'function') {
    return `(/${name}): complete is no function`
  }
  return undefined
}

function canBeTyped(name: string): boolean {
  const entered = parseEntered(`/${name}`)
  return name !== '' && entered.kind === 'command' && entered.name === name && entered.rest === ''
}

function complaintAboutKinds(value: unknown): string | undefined {
  if (value === undefined) return undefined
  for (const [name, kind] of Object.entries(membersOf(value))) {
    if (!kindForm.test(name)) return `"${name}" is no name of a kind: x- and lower-case letters`
    const { parse, text } = membersOf(kind)
    if (typeof parse !== 'function' || typeof text !== 'function') {
      return `kind ${name} lacks one of the functions parse and text`
    }
  }
  return undefined
}

function complaintAboutEvents(value: unknown): string | undefined {
  if (value === undefined) return undefined
  for (const [name, handler] of Object.entries(membersOf(value))) {
    if (!events.includes(name)) return `there is no event "${name}" in "on"`
    if (typeof handler !== 'function') return `on.${name} is no function`
  }
  return undefined
}
