import type { Account, Trust } from '@secure-chat/client'
import type { PresenceState, UserName } from '@secure-chat/protocol'
import { endpoints } from '@secure-chat/protocol/endpoints'
import { ChatError } from '@secure-chat/protocol/errors'

export type UserRow = {
  readonly name: string
  readonly online: boolean
  readonly state: PresenceState
  readonly text: string | null
  readonly last_seen: string | null
  /** `own` for oneself. */
  readonly trust: Trust | 'own'
}

type UserPage = { readonly users: readonly ListedUser[]; readonly next: string | null }

type Reach = Pick<Account, 'api' | 'trust' | 'me'>

export type UserFilter = { readonly online: boolean; readonly prefix: string | undefined }

/** All of them, page after page. */
export async function listUsers(filter: UserFilter, account: Reach): Promise<UserRow[]> {
  const { api } = account
  const trusts = trustsOf(account)
  const rows: UserRow[] = []
  let after: string | null = null
  do {
    const query: { limit: number; online?: boolean; prefix?: string; after?: string } = {
      limit: 1000,
      ...(filter.online && { online: true }),
      ...(filter.prefix !== undefined && { prefix: filter.prefix }),
      ...(after !== null && { after }),
    }
    const page: UserPage = await api.call(endpoints.listUsers, { query })
    rows.push(...page.users.map((user) => rowOf(user, trusts.get(user.name) ?? 'new')))
    after = page.next
  } while (after !== null)
  return rows
}

/** With whether we block them. @throws ChatError no_such_user */
export async function describeUser(
  name: UserName,
  account: Reach,
): Promise<UserRow & { readonly blocked: boolean }> {
  const [user, blocks] = await Promise.all([showUser(name, account), listBlocked(account)])
  return { ...user, blocked: blocks.includes(name) }
}

/** @throws ChatError no_such_user */
export async function showUser(name: UserName, account: Reach): Promise<UserRow> {
  const { api } = account
  const { users } = await api.call(endpoints.listUsers, { query: { prefix: name, limit: 1 } })
  const [user] = users
  if (user?.name !== name)
    throw new ChatError('no_such_user', `There is no user ${name} on this server.`)
  return rowOf(user, trustsOf(account).get(name) ?? 'new')
}

export async function blockUser(
  name: UserName,
  { api, me }: Pick<Account, 'api' | 'me'>,
): Promise<void> {
  if (name === me.name) throw new ChatError('usage', 'This is your own name: nobody was blocked.')
  await api.call(endpoints.block, { params: { username: name } })
}

export async function unblockUser(name: UserName, { api }: Pick<Account, 'api'>): Promise<void> {
  await api.call(endpoints.unblock, { params: { username: name } })
}

export async function listBlocked({ api }: Pick<Account, 'api'>): Promise<string[]> {
  return (await api.call(endpoints.listBlocks)).blocks
}

type ListedUser = Omit<UserRow, 'trust' | 'text' | 'last_seen'> & {
  readonly text?: string | null | undefined
  readonly last_seen?: string | null | undefined
}

function trustsOf({ trust, me }: Reach): Map<string, UserRow['trust']> {
  const contacts = trust.list().map((contact) => [contact.name, contact.trust] as const)
  return new Map<string, UserRow['trust']>([...contacts, [me.name, 'own']])
}

function rowOf(user: ListedUser, trust: UserRow['trust']): UserRow {
  const { name, online, state, text, last_seen } = user
  return { name, online, state, text: text ?? null, last_seen: last_seen ?? null, trust }
}
