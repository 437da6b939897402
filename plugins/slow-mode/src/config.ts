import { z } from '@secure-chat/plugin-sdk/server'

/** What the operator may say; all of it may be left out. */
export const slowModeConfig = z.strictObject({
  /** How long the window is that begins with a message. */
  seconds: z.number().min(1).max(86_400).default(10),
  /** So many within it. */
  messages: z.int().min(1).max(10_000).default(1),
  /** Counted for each pair of users and direction, or over all that a user sends. */
  per: z.enum(['conversation', 'sender']).default('conversation'),
  /** Users who may send as they like: bots, support. */
  except: z.array(z.string()).default([]),
})
