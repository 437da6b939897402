import { type Answer, type endpoints, limits } from '@secure-chat/protocol'

/** What the server says of itself to anybody. */
export type WellKnown = () => Answer<typeof endpoints.wellKnown>

export function makeWellKnown({
  serverId,
  settings,
}: {
  readonly serverId: string
  readonly settings: {
    readonly registration: 'open' | 'closed'
    readonly retentionDays: number
    readonly retentionBytes: number
  }
}): WellKnown {
  const answer: Answer<typeof endpoints.wellKnown> = {
    server_id: serverId,
    versions: [1],
    registration: settings.registration,
    limits: {
      body_bytes: limits.bodyMaxBytes,
      message_bytes: limits.messageMaxBytes,
      encrypted_key_bytes: limits.encryptedKeyMaxBytes,
      presence_text_characters: limits.presenceTextMaxChars,
      messages_page: limits.messagesPageMax,
      users_page: limits.usersPageMax,
      wait_seconds: limits.waitMaxS,
      retention_days: settings.retentionDays,
      retention_bytes: settings.retentionBytes,
    },
  }
  return () => answer
}
