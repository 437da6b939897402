import { defineServerPlugin } from '@secure-chat/plugin-sdk/server'
import { auditConfig } from './server/config.ts'
import { makeLogStore } from './server/log-store.ts'
import { makeRecorder } from './server/recorder.ts'
import { fillRouter } from './server/routes.ts'
import { readSigningKey } from './server/signing-key.ts'

/** Records what the server stored, so that later changes of the record show, and serves it to auditors. */
export default defineServerPlugin({
  name: 'audit',
  apiVersion: 1,
  capabilities: ['onEnvelopeStored', 'routes'],
  config: auditConfig,
  create({ clock, log, storage }, { auditors, types, keepDays, signingKeyFile }) {
    const signingKey = signingKeyFile === undefined ? undefined : readSigningKey(signingKeyFile)
    const store = makeLogStore(storage)
    const recorder = makeRecorder({ clock, log, store, types, keepDays })
    const names = new Set(auditors.map((name) => name.toLowerCase()))
    return {
      // Answers at once, whatever the storage does: a handler that is late is not called any more.
      onEnvelopeStored: { types, handler: (envelope) => recorder.record(envelope) },
      routes: {
        signedIn: (router) =>
          fillRouter(router, {
            store,
            recorder,
            auditors: names,
            signingKey,
            now: () => clock.now(),
          }),
      },
      close: () => recorder.end(),
    }
  },
})
