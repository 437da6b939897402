import { ChatError, endpoints } from '@secure-chat/protocol'
import type { Api } from '../api/api.ts'
import type { ProfileRow } from './profile-row.ts'

/**
 * Asks the server for its `server_id` and compares it with the one the profile was made at: accounts of the
 * same name on two servers are two people.
 * @throws ChatError `config_invalid` when it is another server
 */
export async function readServerId(
  api: Api,
  known: ProfileRow | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const { server_id: serverId } = await api.call(endpoints.wellKnown, undefined, { signal })
  if (known && known.serverId !== serverId) {
    throw new ChatError(
      'config_invalid',
      `${api.server.origin} is not the server this profile belongs to (${known.server}, server_id ${known.serverId}; this one says ${serverId}). Its data was set up anew, or the address leads elsewhere. Nothing was sent to it. Ask its operator, or use another profile (--profile) for an account there.`,
    )
  }
  return serverId
}

/** The address to call: the one given, else the profile's. @throws ChatError `usage` */
export function serverFor(given: string | undefined, row: ProfileRow | undefined): string {
  const server = given ?? row?.server
  if (server !== undefined) return server
  throw new ChatError(
    'usage',
    'No server is given. Add --server https://chat.example.org, or set SECURE_CHAT_SERVER.',
    { suggestions: ['--server URL'] },
  )
}
