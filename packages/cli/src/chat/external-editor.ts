/** `/editor`: a text written in the user's own editor, in a file nobody else can read and that is gone afterwards. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChatError } from '@secure-chat/protocol/errors'

/** `command` as in $EDITOR: a program with its arguments. Undefined when the editor was left without success or text. */
export async function editExternally(command: string, text: string): Promise<string | undefined> {
  // mkdtemp makes the folder 0700.
  const folder = await mkdtemp(join(tmpdir(), 'secure-chat-draft-'))
  const file = join(folder, 'message.txt')
  try {
    await writeFile(file, text, { mode: 0o600 })
    const exit = await run(command, file)
    if (exit !== 0) return undefined
    const written = (await readFile(file, 'utf8')).replace(/\n+$/, '')
    return written === '' ? undefined : written
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(command: string, file: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    // $EDITOR is a shell fragment by convention ("code --wait"); the file name is passed beside it, never inside.
    const child = spawn('/bin/sh', ['-c', `exec ${command} "$1"`, 'editor', file], {
      stdio: 'inherit',
    })
    child.on('error', (cause) =>
      reject(
        new ChatError('file_unreadable', `The editor could not be started: ${command}`, { cause }),
      ),
    )
    child.on('exit', resolve)
  })
}
