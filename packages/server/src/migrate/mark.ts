import { ChatError } from '@secure-chat/protocol'
import type { PluginStore, UserDatabase } from '../ports/index.ts'

/** Not a plugin's name, so nobody else writes here. */
const namespace = '_server'
const key = 'unfinished-migration'

/**
 * While a database is only a part of another, it holds a mark with the server id of that other. It is what a
 * migration may go on with and overwrite, and what no server starts on.
 */
export async function readMark(storage: PluginStore, now: number): Promise<string | undefined> {
  const mark = await storage.get(namespace, key, now)
  return mark === undefined ? undefined : String(mark)
}

export function setMark(storage: PluginStore, sourceId: string): Promise<void> {
  return storage.set(namespace, key, sourceId, undefined)
}

export function removeMark(storage: PluginStore): Promise<void> {
  return storage.delete(namespace, key)
}

export function isMark(row: object): boolean {
  return 'plugin' in row && 'key' in row && row.plugin === namespace && row.key === key
}

/** @throws ChatError `config_invalid`: a server on half of the accounts would lose what people do there */
export async function refuseUnfinished(
  { pluginStorage }: Pick<UserDatabase, 'pluginStorage'>,
  now: number,
): Promise<void> {
  if ((await readMark(pluginStorage, now)) === undefined) return
  throw new ChatError(
    'config_invalid',
    'This database is a copy that was never finished. Run the same secure-chat-server migrate again: it goes on where it stopped. Until then start the server on the source.',
  )
}
