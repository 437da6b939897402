/** The secrets of a person who uses the CLI, to look for them where they must not be. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openProfile } from '@secure-chat/client'
// Nothing public gives a session key away; the test has to know it to look for it.
import { openProfileRow } from '../../../../packages/client/src/profile/profile-row.ts'
import type { Home } from '../../../setup/scratch.ts'
import type { Secret } from './secrets.ts'

/** What the vault keeps, read as the CLI reads it: with the key in the runtime folder. */
export async function profileSecrets(name: string, { folder }: Home): Promise<Secret[]> {
  const runtimeDir = join(folder, 'run/secure-chat')
  const dir = join(folder, '.local/share/secure-chat/profiles/default')
  const [kept = ''] = readdirSync(runtimeDir).filter((file) => file.endsWith('.key'))
  const { key } = JSON.parse(readFileSync(join(runtimeDir, kept), 'utf8'))
  const profile = await openProfile({ dir, runtimeDir })
  try {
    const session = openProfileRow(profile.vault)?.secrets
    if (!session) throw new Error(`${name} has no session`)
    const { d, p } = profile.identity().privateKey.export({ format: 'jwk' })
    return [
      { name: `vault key of ${name}`, bytes: Buffer.from(key, 'base64url') },
      { name: `session key of ${name}`, bytes: Buffer.from(session.key) },
      { name: `session id of ${name}`, bytes: Buffer.from(session.sid) },
      { name: `private exponent of ${name}`, bytes: Buffer.from(String(d), 'base64url') },
      { name: `private prime of ${name}`, bytes: Buffer.from(String(p), 'base64url') },
    ]
  } finally {
    profile.close()
  }
}
