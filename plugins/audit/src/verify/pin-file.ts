/** What a verifier remembers, so that a log that was cut or rewritten meanwhile is noticed: trust on first use. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { ChatError, z } from '@secure-chat/plugin-sdk/cli'
import { checkpointSchema, headSchema } from './entry-schema.ts'
import { fileError, readNamedFile } from './read-file.ts'

const pinFormat = 'secure-chat-audit-pin/1'

const pinSchema = z.object({
  format: z.literal(pinFormat),
  saved_at: z.iso.datetime(),
  /** Of every chain; `at`: when that entry was recorded. */
  heads: z.array(headSchema.extend({ at: z.iso.datetime() })),
  /** As the server signed it, for whoever wants to show it to others. */
  checkpoint: checkpointSchema.optional(),
})
export type Pin = z.infer<typeof pinSchema>

export function makePin(o: Omit<Pin, 'format'>): Pin {
  return { format: pinFormat, ...o }
}

/** @throws ChatError `file_damaged`, `file_unreadable` */
export function readPin(path: string): Pin {
  const text = readNamedFile(path)
  const { success, data, error } = pinSchema.safeParse(parsed(text))
  if (success) return data
  throw new ChatError('file_damaged', `${path} holds no saved state of an audit log.`, {
    cause: error,
    suggestions: ['Name the file that secure-chat audit verify --save wrote.'],
  })
}

/** Whole or not at all: a half-written file would be worse than the old one. */
export function writePin(path: string, pin: Pin): void {
  const draft = `${path}.${process.pid}.new`
  try {
    writeFileSync(draft, `${JSON.stringify(pin, null, 2)}\n`, { mode: 0o600, flush: true })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw fileError(path, 'written', error)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
