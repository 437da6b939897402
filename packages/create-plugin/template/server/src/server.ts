import { defineServerPlugin, z } from '@secure-chat/plugin-sdk/server'

/** Refuses messages that are longer than the operator allows. */
export default defineServerPlugin({
  name: 'my-plugin',
  apiVersion: 1,
  capabilities: ['transformEnvelope'],
  config: z.strictObject({
    /** In characters of the encrypted message: the server sees no other. */
    maxLength: z.int().min(1).default(20_000),
  }),
  create: ({ metrics }, { maxLength }) => {
    const refused = metrics.counter('too_long', 'Messages refused for their length.')
    return {
      transformEnvelope: {
        types: ['CHAT_MESSAGE'],
        handler({ message }) {
          if (message.length <= maxLength) return { kind: 'pass' }
          refused.add()
          return {
            kind: 'reject',
            reason: `Too long: ${message.length} characters, ${maxLength} are allowed.`,
          }
        },
      },
    }
  },
})
