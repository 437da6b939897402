import { readFile } from 'node:fs/promises'
import { isChatError } from '@secure-chat/protocol/errors'
import type { CommandContext } from '../context.ts'
import { readSecret, readSecretFile } from './secret.ts'

export type KeyFile = { readonly data: Buffer; readonly passphrase: string | undefined }

type Asking = Pick<CommandContext, 'stdin' | 'prompts'>

/** A key file and, where it needs one and somebody can be asked, its passphrase. */
export async function readKeyFile(
  path: string,
  flags: { readonly 'key-passphrase-file': string | undefined },
  { prompts }: Asking,
): Promise<KeyFile> {
  const data = await readFile(path)
  const file = flags['key-passphrase-file']
  if (file !== undefined) return { data, passphrase: await readSecretFile(file) }
  if (!(await needsPassphrase(data))) return { data, passphrase: undefined }
  const missing = '--key-passphrase-file FILE'
  return { data, passphrase: await prompts.askHidden('Passphrase of the key file:', missing) }
}

/** For a key that leaves the vault: typed twice, a file in a script. */
export function newKeyPassphrase(
  file: string | undefined,
  { stdin, prompts }: Asking,
): Promise<string> {
  return readSecret(
    { fromStdin: false, file, environmentFile: undefined, stdin, prompts },
    {
      question: 'Passphrase (password) for the key file:',
      missing: '--passphrase-file FILE',
      isNew: true,
    },
  )
}

/** Any other fault of the file is told by whoever imports it. */
async function needsPassphrase(data: Buffer): Promise<boolean> {
  const { importIdentity } = await import('@secure-chat/client')
  try {
    importIdentity(data)
    return false
  } catch (error) {
    return isChatError(error, 'wrong_passphrase')
  }
}
