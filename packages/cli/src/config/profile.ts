import { join } from 'node:path'
import { ChatError } from '@secure-chat/protocol/errors'

export type ProfilePlace = {
  readonly name: string
  readonly dataDir: string
  readonly settingsPath: string
}

/** Where a profile keeps what: the name becomes part of paths, so its form is narrow. */
export function profilePlace(
  name: string,
  dirs: { readonly configDir: string; readonly dataDir: string },
): ProfilePlace {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) {
    throw new ChatError(
      'usage',
      `"${name}" cannot be the name of a profile: letters, digits, - and _, at most 64, starting with a letter or digit.`,
      { suggestions: ['secure-chat whoami --profile work'] },
    )
  }
  return {
    name,
    dataDir: join(dirs.dataDir, 'profiles', name),
    settingsPath: join(dirs.configDir, 'profiles', `${name}.json`),
  }
}
