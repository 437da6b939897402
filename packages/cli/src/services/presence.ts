import type { Account } from '@secure-chat/client'
import { endpoints } from '@secure-chat/protocol/endpoints'
import type { UserName } from '@secure-chat/protocol/user-name'
import { showUser, type UserRow } from './users.ts'

export type SettablePresence = 'online' | 'away' | 'busy' | 'offline'

export type PresenceRow = Omit<UserRow, 'trust'>

/** In the order asked for. @throws ChatError no_such_user */
export async function getPresence(
  names: readonly UserName[],
  account: Pick<Account, 'api' | 'trust' | 'me'>,
): Promise<PresenceRow[]> {
  const rows = await Promise.all(names.map((name) => showUser(name, account)))
  return rows.map(({ trust: _trust, ...presence }) => presence)
}

export async function setPresence(
  presence: { readonly state: SettablePresence; readonly text: string | undefined },
  { api, me }: Pick<Account, 'api' | 'me'>,
): Promise<void> {
  const { state, text } = presence
  await api.call(endpoints.setPresence, {
    params: { username: me.name },
    body: { status: state, ...(text !== undefined && { text }) },
  })
}
