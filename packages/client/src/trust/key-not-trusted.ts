import { ChatError } from '@secure-chat/protocol'
import type { Contact } from './contact.ts'

/** Nothing is sent to a contact whose key changed without our consent. */
export function keyNotTrusted({ name, changed }: Contact): ChatError {
  const why = changed?.isProved
    ? `${name}, whom you verified, has a new key`
    : `the key of ${name} has changed and nothing proves that ${name} did it`
  return new ChatError(
    'key_not_trusted',
    `Not sent: ${why}. Compare safety numbers first, or take the new key as it is.`,
    {
      members: { name, fingerprint: changed?.fingerprint ?? null },
      suggestions: [`secure-chat keys verify ${name}`, `secure-chat keys trust ${name}`],
    },
  )
}
