const commands =
  'account|api|autocomplete|chat|chats|config|doctor|help|keys|listen|login|logout|messages|outbox|plugins|presence|register|send|sessions|users|whoami'
const parts =
  'block|blocked|delete|drop|export|get|import|inspect|install|link|list|password|replace|retry|revoke|rotate|set|show|trust|unblock|uninstall|update|verify'

const named = new RegExp(`\\bsecure-chat ((?:${commands})(?: (?:${parts}))?)\\b(?![\\w-])(.*)`, 'g')

export type Calling = {
  /** Started by npx: then the program's bare name is most likely nothing the shell knows. */
  readonly isNpx: boolean
  /** The profile that `--profile` named; one from a variable holds for the next command too. */
  readonly profile: string | undefined
}

/** Commands in a hint, made such that typing them as they stand does what the hint means. */
export function typeable(text: string, calling: Calling): string {
  const program = calling.isNpx ? 'npx secure-chat' : 'secure-chat'
  const profile = calling.profile === 'default' ? undefined : calling.profile
  return text.replace(named, (whole, command: string, rest: string) => {
    if (!calling.isNpx && profile === undefined) return whole
    const isWhose = command !== 'help' && profile !== undefined && !rest.includes('--profile')
    return `${program} ${command}${isWhose ? ` --profile ${profile}` : ''}${typeable(rest, calling)}`
  })
}
