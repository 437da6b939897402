import { resolve } from 'node:path'
import type { Arguments } from './arguments.ts'
import { checkFolder } from './folder.ts'
import { type Half, type Plan, packageNameOf } from './plan.ts'
import { checkName } from './plugin-name.ts'
import { UsageError } from './usage-error.ts'

/** Whoever answers what was not typed. */
export interface Questions {
  /** @param complain says what is wrong with a name, so that it is asked for again */
  name(complain: (name: string) => string | undefined): Promise<string>
  halves(): Promise<readonly Half[]>
}

/**
 * Fills in what was not typed: by `--yes`, by questions, or not at all.
 *
 * @param questions undefined where there is nobody to ask
 * @throws UsageError
 */
export async function completePlan(
  typed: Arguments,
  cwd: string,
  questions: Questions | undefined,
): Promise<Plan> {
  const folderFor = (name: string) => resolve(cwd, typed.dir ?? packageNameOf(name))
  const check = (name: string, halves: readonly Half[]) => {
    checkName(name, halves)
    checkFolder(folderFor(name))
  }
  const asked = typed.isYes ? undefined : questions
  if (typed.name !== undefined) check(typed.name, typed.halves ?? [])
  const name =
    typed.name ?? (await asked?.name(complaintOf((one) => check(one, typed.halves ?? []))))
  if (name === undefined) throw nobodyToAsk('a name', typed)
  const halves = typed.halves ?? (typed.isYes ? both : await asked?.halves())
  if (halves === undefined) throw nobodyToAsk('what it extends', typed)
  check(name, halves)
  return { name, halves, folder: folderFor(name) }
}

const both: readonly Half[] = ['server', 'cli']

/** What a check throws, as a remark beside the question. */
function complaintOf(check: (name: string) => void): (name: string) => string | undefined {
  return (name) => {
    try {
      check(name)
      return undefined
    } catch (error) {
      if (error instanceof UsageError) return error.message
      throw error
    }
  }
}

function nobodyToAsk(what: string, { name = 'NAME', halves }: Arguments): UsageError {
  const flags = halves === undefined ? '--server, --cli or --both' : `--${halves.join(' --')}`
  return new UsageError(
    `There is no terminal to ask for ${what}. Type it: npm create secure-chat-plugin ${name} -- ${flags}`,
  )
}
