import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readArguments } from './arguments.ts'
import { askAtTerminal, Cancelled } from './ask.ts'
import { completePlan } from './complete-plan.ts'
import { writeFolder } from './folder.ts'
import { help } from './help.ts'
import { type Plan, packageNameOf } from './plan.ts'
import { filesOf } from './template.ts'
import { UsageError } from './usage-error.ts'

/** The program: reads what was typed, asks for the rest, writes, and sets the process's exit code. */
export async function main(typed: readonly string[]): Promise<void> {
  try {
    await create(typed)
  } catch (error) {
    process.exitCode = tell(error)
  }
}

async function create(typed: readonly string[]): Promise<void> {
  const given = readArguments(typed)
  if (given.isHelp || given.isVersion) {
    process.stdout.write(given.isHelp ? help : `${ownVersion()}\n`)
    return
  }
  const terminal = askAtTerminal()
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY
  const plan = await completePlan(given, process.cwd(), isTerminal ? terminal : undefined)
  writeFolder(plan.folder, filesOf(plan, ownVersion()))
  terminal.done(nextSteps(plan, process.cwd()))
}

/** @returns the exit code */
function tell(error: unknown): number {
  if (error instanceof Cancelled) return 130
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(`The plugin could not be written, and nothing of it is left: ${reason}\n`)
  return 1
}

function ownVersion(): string {
  const path = join(import.meta.dirname, '../package.json')
  const { version }: { version: string } = JSON.parse(readFileSync(path, 'utf8'))
  return version
}

function nextSteps({ name, folder, halves }: Plan, cwd: string): string {
  const place = relative(cwd, folder)
  const steps = [
    ...(place === '' ? [] : [`cd ${/\s/.test(place) ? JSON.stringify(place) : place}`]),
    'npm install',
    'npm test',
    'npm run build',
    ...(halves.includes('cli') ? ['npx secure-chat plugins link .'] : []),
    ...(halves.includes('server') ? ['npx secure-chat-server start'] : []),
  ]
  return `${packageNameOf(name)} is written. Next:\n\n${steps.map((step) => `   ${step}\n`).join('')}`
}
