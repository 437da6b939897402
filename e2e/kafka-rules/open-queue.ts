import type { MessageQueue } from '@secure-chat/plugin-sdk/server'

/** What a driver says of records that are no messages. */
export type Heard = {
  onSkipped(): void
  /** The fields of a log line on level `warn`. */
  onWarning(fields: object): void
}

/** Opens the driver under test on a broker of this machine. */
export type OpenQueue = (
  broker: { readonly address: string; readonly port: number },
  heard?: Heard,
) => Promise<MessageQueue>
