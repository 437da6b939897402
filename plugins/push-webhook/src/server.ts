import { randomInt } from 'node:crypto'
import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
import { pushWebhookConfig } from './config.ts'
import { makeCounts } from './counts.ts'
import { makeDelivery } from './delivery.ts'
import { makeEndpoint } from './endpoint.ts'
import { messageOf } from './notice.ts'
import { makeOutbox } from './outbox.ts'
import { makeQuietTime } from './quiet-time.ts'
import { makeSecondLook } from './second-look.ts'
import { parseSecret } from './sign.ts'
import { readText } from './text-source.ts'
import { parseWebhookUrl } from './webhook-url.ts'

/** Tells the operator's push service by a signed webhook that a message waits for a user who is not there. */
export default defineServerPlugin({
  name: 'push-webhook',
  apiVersion: 1,
  capabilities: ['onEnvelopeStored'],
  config: pushWebhookConfig,
  create(ctx, config) {
    const { storage, clock, log, users, signal, metrics } = ctx
    const { maxWaiting } = config
    const timeoutMs = config.timeoutSeconds * 1000
    const giveUpMs = config.giveUpHours * 3_600_000
    const url = parseWebhookUrl(readText(config.url, 'url'))
    const keys = config.secrets.map((source, at) => {
      const what = `secrets.${at}`
      return parseSecret(readText(source, what), what)
    })
    const counts = makeCounts(metrics)
    const delivery = makeDelivery({
      ctx,
      config,
      giveUpMs,
      outbox: makeOutbox({
        storage,
        clock,
        log,
        counts,
        maxWaiting,
        keepMs: giveUpMs,
        claimMs: timeoutMs + 60_000,
      }),
      quietTime: makeQuietTime({ storage, clock, quietMs: config.quietSeconds * 1000 }),
      endpoint: makeEndpoint({ url, keys, timeoutMs, clock, signal }),
      counts,
      random: () => randomInt(1_000_000) / 1_000_000,
    })
    const secondLook = makeSecondLook({ ctx, usersMax: 10_000, accept: delivery.accept })
    const states = new Set(config.states)
    delivery.start()
    return {
      onEnvelopeStored: {
        types: config.types,
        async handler(envelope) {
          const { recipient } = envelope
          const presence = (await users.presence([recipient]))[recipient]
          if (presence === undefined) return
          const message = messageOf(envelope, config)
          if (states.has(presence.state)) {
            await delivery.accept(recipient, message, 1 + secondLook.take(recipient))
          } else if (states.has('offline')) secondLook.later(recipient, message)
        },
      },
      async close() {
        await Promise.all([delivery.close(), secondLook.close()])
      },
    }
  },
})
