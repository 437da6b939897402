import { endpoints, parsePublicKey } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'

export function publicKeyRoutes(routes: Routes, services: Services): void {
  mount(routes, endpoints.getPublicKey, async ({ params }) => {
    const { user, changes } = await services.readPublicKey(params.username)
    return {
      name: user.name,
      'public-key': user.publicKey,
      fingerprint: user.fingerprint,
      seq: user.seq,
      changed_at: new Date(user.changedAt).toISOString(),
      changes: changes.map(({ seq, oldKey, newKey, at, proof }) => ({
        seq,
        old_key: parsePublicKey(oldKey).fingerprint,
        new_key: parsePublicKey(newKey).fingerprint,
        new_public_key: newKey,
        at: new Date(at).toISOString(),
        proof,
      })),
    }
  })
}
