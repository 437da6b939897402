import { endpoints } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { mount, type Routes } from '../endpoint.ts'
import { addressOf } from '../request-state.ts'

/** What an owner changes about the account: by a signed call and the password again. */
export function accountRoutes(routes: Routes, { accounts, keyChanges }: Services): void {
  mount(routes, endpoints.changePassword, async ({ session, proof: { nonce }, body, request }) => {
    const { password, new_password: newPassword } = body
    await accounts.changePassword({ session, nonce, password, newPassword, ip: addressOf(request) })
    return { status: 'OK' }
  })

  mount(routes, endpoints.changeKey, async ({ session, proof: { nonce }, body, request }) => {
    const { password, 'pub-key': publicKey, proof } = body
    const key = await keyChanges.replace({
      session,
      nonce,
      password,
      publicKey,
      proof,
      ip: addressOf(request),
    })
    return { status: 'OK', ...key }
  })

  mount(routes, endpoints.removeAccount, async ({ session, proof: { nonce }, body, request }) => {
    await accounts.remove({ session, nonce, password: body.password, ip: addressOf(request) })
    return { status: 'OK' }
  })
}
