import { readFile } from 'node:fs/promises'
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
  if (isOpen(data) || !prompts.canAsk) return { data, passphrase: undefined }
  return { data, passphrase: await prompts.askHidden('Passphrase of the key file:', '') }
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

/** PEM says so itself: only these two forms are not encrypted. */
function isOpen(data: Buffer): boolean {
  const text = data.toString('latin1')
  if (text.includes('Proc-Type: 4,ENCRYPTED')) return false
  return /-----BEGIN (RSA )?PRIVATE KEY-----/.test(text)
}
