import { readFileSync } from 'node:fs'
import { z } from '@secure-chat/plugin-sdk/server'

/** A text that may be secret: itself, or where it stands. Files are best: no process list and no config shows them. */
export const textSource = z.union(
  [
    z.string().min(1),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ env: z.string().min(1) }),
  ],
  { error: "must be a text, { file: 'PATH' } or { env: 'NAME' }" },
)

export type TextSource = z.infer<typeof textSource>

/** Without the white space around it. @throws Error that says where it was looked for, never what was found */
export function readText(source: TextSource, what: string): string {
  if (typeof source === 'string') return source.trim()
  const [from, text] =
    'file' in source
      ? [`the file ${source.file}`, readFile(source.file, what)]
      : [`the environment variable ${source.env}`, process.env[source.env] ?? '']
  if (text.trim() === '') throw new Error(`${what}: ${from} is empty or not there.`)
  return text.trim()
}

function readFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`${what}: the file ${path} cannot be read (${codeOf(cause)}).`, { cause })
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
