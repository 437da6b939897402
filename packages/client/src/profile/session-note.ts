import type { Vault } from '../vault/vault.ts'

/**
 * Whether the server, when last asked, said that this session is over. It proves nothing (whoever sits between
 * could say so), so it is only shown; every command tries again.
 */
export function isSaidOver(vault: Pick<Vault, 'get'>, sessionId: string): boolean {
  return vault.get('SELECT id FROM ended_session WHERE session_id = ?', sessionId) !== undefined
}

/** Keeps what the server says about a session; writes only when that is something else than before. */
export function makeSessionNote(
  vault: Pick<Vault, 'get' | 'run'>,
  sessionId: string,
): (isOver: boolean) => void {
  let known = isSaidOver(vault, sessionId)
  return (isOver) => {
    if (isOver === known) return
    if (isOver) {
      vault.run('INSERT OR REPLACE INTO ended_session (id, session_id) VALUES (1, ?)', sessionId)
    } else {
      vault.run('DELETE FROM ended_session WHERE session_id = ?', sessionId)
    }
    known = isOver
  }
}
