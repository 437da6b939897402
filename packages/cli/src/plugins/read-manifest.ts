import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChatError } from '@secure-chat/protocol/errors'
import { membersOf } from './installed.ts'

/** The package.json of a plugin. @throws ChatError plugin_error where it is no JSON; an error of the system where it is not there */
export function readManifest(root: string): Record<string, unknown> {
  const path = join(root, 'package.json')
  const text = readFileSync(path, 'utf8')
  try {
    return membersOf(JSON.parse(text))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ChatError('plugin_error', `${path} is no JSON: ${reason}.`, { cause })
  }
}
