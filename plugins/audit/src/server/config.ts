import { z } from '@secure-chat/plugin-sdk/server'

/** What the operator may say; all of it may be left out. */
export const auditConfig = z.strictObject({
  /** Users who may read the log. */
  auditors: z.array(z.string()).default([]),
  /** Types of records, as they are stored. */
  types: z
    .array(z.string().regex(/^(?:[A-Z][A-Z_]{0,39}|x-[a-z0-9-]{1,40})$/))
    .min(1)
    .max(50)
    .default(['CHAT_MESSAGE', 'KEY_EXCHANGE']),
  /** Older entries are removed; without it nothing is. */
  keepDays: z.int().min(1).max(36_500).optional(),
  /** File with an Ed25519 private key, PEM: checkpoints are signed with it. */
  signingKeyFile: z.string().min(1).optional(),
})
