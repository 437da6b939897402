import type { ProfileOptions } from '@secure-chat/client'
import { type SettingsFile, settingTable } from '../config/settings-file.ts'

/** Where to register or sign in: what is given, else the setting, else (for a new profile) a server on this computer. */
export function withServer(
  profile: ProfileOptions,
  settings: Pick<SettingsFile, 'get'>,
  isNew: boolean,
): ProfileOptions {
  const fallback = isNew ? settingTable.server.fallback : undefined
  const server = profile.server ?? settings.get('server') ?? fallback
  return server === undefined ? profile : { ...profile, server }
}
