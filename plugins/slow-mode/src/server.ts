import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
import { slowModeConfig } from './config.ts'
import { makePace } from './pace.ts'

/** Refuses what a user sends faster than the operator allows. */
export default defineServerPlugin({
  name: 'slow-mode',
  apiVersion: 1,
  capabilities: ['transformEnvelope'],
  config: slowModeConfig,
  create({ storage, clock }, config) {
    const pace = makePace({ storage, clock, ...config })
    const excepted = new Set(config.except.map((name) => name.toLowerCase()))
    return {
      transformEnvelope: {
        // Behind the others: what they refuse is not counted.
        band: 'late',
        types: ['CHAT_MESSAGE'],
        async handler({ sender, recipient }) {
          if (excepted.has(sender)) return { kind: 'pass' }
          const waitMs = await pace.take(
            config.per === 'sender' ? sender : `${sender}/${recipient}`,
          )
          if (waitMs === 0) return { kind: 'pass' }
          return { kind: 'reject', reason: reasonFor(config, waitMs) }
        },
      },
    }
  },
})

function reasonFor(
  { messages, seconds }: { readonly messages: number; readonly seconds: number },
  waitMs: number,
): string {
  const what = messages === 1 ? 'one message' : `${messages} messages`
  return `Slow mode: ${what} in ${seconds} s. Try again in ${Math.ceil(waitMs / 1000)} s.`
}
