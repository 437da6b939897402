import type { ClaimStore } from '../../../ports/index.ts'
import { insertedNew } from '../duplicates.ts'
import type { Engine } from './engine.ts'

export function makeClaimStore({ models: { claims }, run }: Engine): ClaimStore {
  return {
    claim: (key, { now, expiresAt }) =>
      // Takes the place of an expired claim or is the first; beside a living one it is a duplicate.
      run(() =>
        insertedNew(() =>
          claims.updateOne(
            { _id: key, expires_at: { $lte: new Date(now) } },
            { $set: { expires_at: new Date(expiresAt) } },
            { upsert: true },
          ),
        ),
      ),
  }
}
