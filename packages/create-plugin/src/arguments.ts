import { parseArgs } from 'node:util'
import type { Half } from './plan.ts'
import { pluginNameOf } from './plugin-name.ts'
import { UsageError } from './usage-error.ts'

/** What was typed; what is undefined was not. */
export interface Arguments {
  readonly name: string | undefined
  readonly halves: readonly Half[] | undefined
  readonly dir: string | undefined
  readonly isYes: boolean
  readonly isHelp: boolean
  readonly isVersion: boolean
}

const options = {
  server: { type: 'boolean' },
  cli: { type: 'boolean' },
  both: { type: 'boolean' },
  dir: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

/** @throws UsageError */
export function readArguments(typed: readonly string[]): Arguments {
  const { values, positionals } = parsed(typed)
  const [name, second] = positionals
  if (second !== undefined) {
    throw new UsageError(`One name is enough; ${JSON.stringify(second)} is a second one.`)
  }
  if (values.dir === '') throw new UsageError('--dir needs a folder. Example: --dir ./my-plugin')
  return {
    name: name === undefined ? undefined : pluginNameOf(name),
    halves: halvesOf(values),
    dir: values.dir,
    isYes: values.yes ?? false,
    isHelp: values.help ?? false,
    isVersion: values.version ?? false,
  }
}

function parsed(typed: readonly string[]) {
  try {
    return parseArgs({ args: [...typed], options, allowPositionals: true })
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`${said}\n--help shows what there is.`)
  }
}

function halvesOf(values: {
  readonly server?: boolean | undefined
  readonly cli?: boolean | undefined
  readonly both?: boolean | undefined
}): readonly Half[] | undefined {
  const { server = false, cli = false, both = false } = values
  if (both || (server && cli)) return ['server', 'cli']
  if (server) return ['server']
  return cli ? ['cli'] : undefined
}
