import { makeStateStore } from '../messaging/state-store.ts'
import type { Vault } from '../vault/vault.ts'

const stateName = 'own-sessions'
/** The server's word about a sign-in lies in the mailbox for 30 days, and is read again when the mailbox is: scripts sign in often. */
const remembered = 1000

/** The sessions this profile opened itself: what the server says about them is no news, and no alarm. */
export function ownSessions(vault: Vault): string[] {
  return makeStateStore(vault).get(stateName)?.split(' ') ?? []
}

/** Inside the transaction that keeps the session. */
export function rememberOwnSession(vault: Vault, id: string): void {
  const ids = [...ownSessions(vault), id].slice(-remembered)
  makeStateStore(vault).set(stateName, ids.join(' '))
}
