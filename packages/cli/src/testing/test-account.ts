import { join } from 'node:path'
import {
  type Account,
  importProfileKey,
  openAccount,
  type ProfileOptions,
  registerAccount,
  signIn,
} from '@secure-chat/client'

export type TestAccountOptions = {
  readonly server: string
  /** A folder for all accounts of the test. */
  readonly folder: string
  readonly name: string
}

export const password = 'plain sailing weather'

export async function newAccount(place: TestAccountOptions): Promise<Account> {
  const options = profileOf(place)
  const made = await registerAccount(options, { name: place.name, password })
  if (made.problem !== undefined) throw made.problem
  return openAccount(options, { passphrase: password })
}

/**
 * The same account under another key, which nothing vouches for, as after a lost device. Its history is kept, so that
 * it asks nobody to send again.
 */
export async function withUnprovedKey(
  account: Account,
  place: TestAccountOptions,
): Promise<Account> {
  const { name } = place
  const elsewhere = profileOf(place, `${name}-${account.me.fingerprint}`)
  await signIn(elsewhere, { name, password, recover: true })
  const recovered = await openAccount(elsewhere, { passphrase: password })
  const file = recovered.keys.exportIdentity({ format: 'pkcs8', passphrase: password })
  recovered.close()
  account.close()
  const options = profileOf(place)
  await importProfileKey(options, { file, filePassphrase: password, password })
  await signIn(options, { name, password })
  return openAccount(options, { passphrase: password })
}

/** With keys of 2,048 bits: one as people have takes seconds to make. */
function profileOf(
  { server, folder, name }: TestAccountOptions,
  profile: string = name,
): ProfileOptions {
  return { dir: join(folder, profile), server, keyBits: 2048 }
}
