import type { Account } from '@secure-chat/client'
import { endpoints } from '@secure-chat/protocol/endpoints'

export async function listSessions({ api }: Pick<Account, 'api'>) {
  return (await api.call(endpoints.listSessions)).sessions
}

export type SessionRow = Awaited<ReturnType<typeof listSessions>>[number]

/** @throws ChatError no_such_session */
export async function revokeSession(id: string, { api }: Pick<Account, 'api'>): Promise<void> {
  await api.call(endpoints.revokeSession, { params: { session_id: id } })
}
