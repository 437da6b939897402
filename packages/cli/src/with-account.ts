import type { Account, Profile } from '@secure-chat/client'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import type { CommandContext } from './context.ts'
import { readSecretFile } from './input/secret.ts'
import type { ConfigOptions } from './services/config.ts'

/** Opens the profile's account for as long as the work takes. */
export async function withAccount<T>(
  context: CommandContext,
  work: (account: Account) => Promise<T> | T,
): Promise<T> {
  return using(await openUnlocked(context), work)
}

/** The same for as long as its caller wants, who closes it. */
export async function openUnlocked(context: CommandContext): Promise<Account> {
  const { openAccount } = await import('@secure-chat/client')
  return unlocked(context, (given) => openAccount(context.profile, given))
}

/** For what concerns the account itself, its key and password: no messages are opened. */
export async function withProfile<T>(
  context: CommandContext,
  work: (profile: Profile) => Promise<T> | T,
): Promise<T> {
  const { openProfile } = await import('@secure-chat/client')
  return using(await unlocked(context, (given) => openProfile(context.profile, given)), work)
}

/** The passphrase of the vault, from a file or a person; undefined when there is neither. */
async function readPassphrase(context: CommandContext): Promise<string | undefined> {
  const { environment, prompts, place } = context
  if (environment.passphraseFile !== undefined) return readSecretFile(environment.passphraseFile)
  if (!prompts.canAsk) return undefined
  const question = `The profile "${place.name}" is locked. Its password:`
  return prompts.askHidden(question, 'SECURE_CHAT_PASSPHRASE_FILE=FILE')
}

/** Only a locked profile needs it to tell the server that the session is over. */
export async function passphraseToEnd(context: CommandContext): Promise<string | undefined> {
  const { profileState } = await import('@secure-chat/client')
  return profileState(context.profile) === 'locked' ? readPassphrase(context) : undefined
}

/** Settings live in the config file and in the vault. */
export function configOptions(context: CommandContext): ConfigOptions {
  const { settings, profile, environment } = context
  const serverVariable = environment.server
  return { settings, profile, serverVariable, openAccount: (work) => withAccount(context, work) }
}

/** By what sign-in left behind, else by the passphrase. */
async function unlocked<T>(
  context: CommandContext,
  open: (given?: { passphrase: string }) => Promise<T>,
): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (!isChatError(error, 'vault_locked')) throw error
    await requireSession(context)
    const passphrase = await readPassphrase(context)
    if (passphrase === undefined) throw error
    return open({ passphrase })
  }
}

/** A passphrase would open the vault of who signed out, but there is no session in it. */
async function requireSession({ profile }: CommandContext): Promise<void> {
  const { profileState, readWhoami } = await import('@secure-chat/client')
  if (profileState(profile) !== 'signed-out') return
  const suggestions = [`secure-chat login ${readWhoami(profile).name}`]
  throw new ChatError('not_signed_in', 'You are signed out.', { suggestions })
}

async function using<R extends { close(): void }, T>(
  resource: R,
  work: (resource: R) => Promise<T> | T,
): Promise<T> {
  try {
    return await work(resource)
  } finally {
    resource.close()
  }
}
