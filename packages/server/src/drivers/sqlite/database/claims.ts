import type { ClaimStore } from '../../../ports/index.ts'
import type { Engine } from './engine.ts'

/** Each claim clears away a few that expired, so they need no round of their own. */
const clearedPerClaim = 10

export function makeClaimStore({ db, write }: Engine): ClaimStore {
  const clear = db.prepare(
    `DELETE FROM claim WHERE key IN
       (SELECT key FROM claim WHERE expires_at <= ? ORDER BY expires_at LIMIT ${clearedPerClaim})`,
  )
  const claim = db.prepare(
    `INSERT INTO claim (key, expires_at) VALUES (?1, ?3)
     ON CONFLICT (key) DO UPDATE SET expires_at = ?3 WHERE expires_at <= ?2`,
  )
  return {
    claim: (key, { now, expiresAt }) =>
      write(() => {
        clear.run(now)
        return claim.run(key, now, expiresAt).changes > 0
      }),
  }
}
