import { ChatError, isChatError } from '@secure-chat/protocol/errors'

/** What an error means to the user: something to show with its code, a silent end, or a bug of ours. */
export type Classified =
  | { readonly kind: 'error'; readonly error: ChatError }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'bug'; readonly error: unknown }

export function classify(error: unknown): Classified {
  if (isChatError(error)) return { kind: 'error', error }
  if (!(error instanceof Error)) return { kind: 'bug', error }
  if (isOfOclif(error)) return fromOclif(error)
  const known = fromSystem(error)
  return known ? { kind: 'error', error: known } : { kind: 'bug', error }
}

type OclifError = Error & {
  readonly oclif: { readonly exit?: number }
  readonly code?: string
  readonly parse?: { readonly input?: { readonly context?: { readonly id?: string } } }
}

function isOfOclif(error: Error): error is OclifError {
  return 'oclif' in error && typeof error.oclif === 'object' && error.oclif !== null
}

function fromOclif(error: OclifError): Classified {
  const exit = error.oclif.exit ?? 1
  if (error.code === 'EEXIT') return { kind: 'exit', code: exit }
  const isUsage = error.parse !== undefined || exit === 2
  const text = withoutColour(error.message)
    .replace(/\n?See more help with --help$/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .trim()
  const id = error.parse?.input?.context?.id?.replaceAll(':', ' ')
  const options = {
    cause: error,
    ...(id !== undefined && { suggestions: [`secure-chat help ${id}`] }),
  }
  const code = isUsage ? 'usage' : 'plugin_error'
  return { kind: 'error', error: new ChatError(code, sentence(text), options) }
}

/** Errors of the operating system that a user can do something about. */
function fromSystem(error: Error): ChatError | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ChatError('disk_full', undefined, { cause: error })
  const reason = fileReasons[code]
  if (path === undefined || reason === undefined) return undefined
  const suggestions = code === 'EEXIST' ? ['Name another file; nothing is overwritten.'] : []
  return new ChatError('file_unreadable', `${path}: ${reason}.`, { cause: error, suggestions })
}

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not read or write it',
  EPERM: 'this user may not read or write it',
  EROFS: 'the file system is read-only',
  EISDIR: 'this is a folder, a file is needed',
  ENOTDIR: 'a folder on the way is a file',
  EEXIST: 'it exists already',
}

function withoutColour(text: string): string {
  return text.replace(/\x1b\[[0-9;]*m/g, '')
}

function sentence(text: string): string {
  return /[.!?:)\]}]$/.test(text) || text.includes('\n') ? text : `${text}.`
}
