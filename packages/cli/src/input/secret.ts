import { readFile, stat } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { ChatError } from '@secure-chat/protocol/errors'
import type { Prompts } from '../output/prompts.ts'

export type SecretSources = {
  readonly fromStdin: boolean
  readonly file: string | undefined
  readonly environmentFile: string | undefined
  readonly stdin: NodeJS.ReadStream
  readonly prompts: Prompts
}

export type SecretQuestion = {
  readonly question: string
  /** The flags to name when nobody can be asked. */
  readonly missing: string
  /** Typed twice: a password being chosen cannot be checked otherwise. */
  readonly isNew?: boolean
  /** Throws for what will be refused anyway, before it is typed again and before work is done with it. */
  readonly check?: (secret: string) => void
}

/** Flag before environment before prompt. @throws ChatError input_needed | file_unreadable | interrupted */
export async function readSecret(
  sources: SecretSources,
  { question, missing, isNew = false, check = () => {} }: SecretQuestion,
): Promise<string> {
  const checked = (secret: string) => {
    check(secret)
    return secret
  }
  if (sources.fromStdin) return checked(firstOf(await readAll(sources.stdin), 'stdin'))
  const file = sources.file ?? sources.environmentFile
  if (file !== undefined) return checked(await readSecretFile(file))
  const secret = checked(await sources.prompts.askHidden(question, missing))
  if (isNew && secret !== (await sources.prompts.askHidden('The same password again:', missing))) {
    throw new ChatError('usage', 'The two passwords differ. Nothing was changed.', {
      suggestions: ['Run the command again and type the same password twice.'],
    })
  }
  return secret
}

export async function readSecretFile(path: string): Promise<string> {
  const found = await stat(path)
  if (found.isFile() && process.platform !== 'win32' && (found.mode & 0o007) !== 0) {
    throw new ChatError(
      'unsafe_permissions',
      `Every user of this computer can read the secret in ${path}.`,
      {
        suggestions: [`chmod 600 ${path}`],
      },
    )
  }
  return firstOf(await readFile(path, 'utf8'), path)
}

/** Without the line break that an editor or `echo` adds; the rest is the secret as it stands. */
function firstOf(content: string, source: string): string {
  const secret = content.replace(/\r?\n$/, '')
  if (secret === '') throw new ChatError('usage', `There is no secret in ${source}: it is empty.`)
  return secret
}
