import { exportIdentity } from '@secure-chat/e2ee'
import type { Profile } from './open-profile.ts'

/** The account's present key as a file for another device, under a passphrase. */
export function exportProfileKey(
  profile: Profile,
  { format, passphrase }: { format: 'pkcs8' | 'pkcs12'; passphrase: string },
): Uint8Array {
  const { name } = profile.row()
  return exportIdentity(profile.identity(), { format, passphrase, name })
}
