import { copySessionSecret, readSessionSecret } from '../config/session-secret.ts'
import type { Place } from './place.ts'

const alsoThere = 'with the same one: SESSION_SECRET, or the file session-secret of DATA_DIR'

/**
 * Sessions only live on under the secret that made their keys. Copies it where both sides keep it in their folders.
 *
 * @returns what the operator has to know or to do, as a sentence.
 */
export function carrySessionSecret(from: Place, to: Place): string {
  const source = secretOf(from)
  const target = secretOf(to)
  if (source === undefined) {
    return `Sessions live on under the session secret of the source only. Start every new server ${alsoThere}.`
  }
  if (target !== undefined) {
    const isCarried = source.secrets.every((secret) =>
      target.secrets.some((other) => other.equals(secret)),
    )
    return isCarried
      ? 'The target has the same session secret: people stay signed in.'
      : 'The target has another session secret. Put that of the source behind it (SESSION_SECRET=new,old), else everybody signs in again.'
  }
  if (!to.hasFolder || !source.isInFolder) {
    return `People stay signed in if you start every new server under the session secret of the source, ${alsoThere}.`
  }
  copySessionSecret(from.settings.dataDir, to.settings.dataDir)
  return `The session secret was copied into ${to.settings.dataDir}: people stay signed in. Further nodes need it too.`
}

function secretOf({
  settings,
  hasFolder,
}: Place): { secrets: readonly Buffer[]; isInFolder: boolean } | undefined {
  if (settings.sessionSecrets !== undefined) {
    return { secrets: settings.sessionSecrets, isInFolder: false }
  }
  const kept = hasFolder ? readSessionSecret(settings.dataDir) : undefined
  return kept && { secrets: kept, isInFolder: true }
}
