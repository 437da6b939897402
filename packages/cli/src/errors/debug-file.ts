import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'

export type DebugContext = {
  readonly cacheDir: string
  /** The command's name only: arguments may hold the text of a message. */
  readonly command: string
  readonly version: string
  readonly now: number
}

/** What a maintainer needs to find one of our own bugs, in a file only its owner can read. Its path. */
export function writeDebugFile(error: unknown, context: DebugContext): string {
  const folder = join(context.cacheDir, 'debug')
  const stamp = new Date(context.now).toISOString().replace(/[:.]/g, '-')
  const path = join(folder, `${stamp}-${process.pid}.txt`)
  const lines = [
    `time: ${new Date(context.now).toISOString()}`,
    `command: secure-chat ${context.command}`,
    `versions: secure-chat ${context.version}, node ${process.version}, ${process.platform} ${process.arch}`,
    '',
    stackOf(error),
    '',
  ]
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(path, lines.join('\n'), { mode: 0o600 })
  return path
}

/** Stacks only: the other members of an error may carry what was being worked on. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: 0 })
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
