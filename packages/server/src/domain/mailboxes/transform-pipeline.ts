import type { UserName } from '@secure-chat/protocol'

/** What plugins see of a record before it is stored. Frozen; `message` is ciphertext and can be in no verdict. */
export interface Envelope {
  readonly id: string
  readonly type: string
  readonly sender: UserName
  readonly recipient: UserName
  readonly timestamp: string
  readonly message: string
  readonly meta: Readonly<Record<string, string>>
}

/** What the verdicts of all plugins come to. */
export interface Transformed {
  readonly type: string
  readonly meta: Readonly<Record<string, string>>
  /** Further mailboxes for the same record. */
  readonly copyTo: readonly string[]
}

/**
 * The place of `transformEnvelope` and `onEnvelopeStored`. The plugin host compiles one chain per type at start;
 * a type without plugins answers undefined, so no envelope is made for it and nothing is awaited.
 */
export interface TransformPipeline {
  /** The chain of a type. It throws `rejected_by_plugin` (member `reason`) or `plugin_failed`. */
  transformOf(
    type: string,
  ): ((envelope: Envelope, call: EnvelopeCall) => Promise<Transformed>) | undefined
  /** Who watches what was stored. It never throws and never makes anybody wait. */
  storedOf(type: string): ((envelope: Envelope, call: EnvelopeCall) => void) | undefined
}

export interface EnvelopeCall {
  readonly requestId: string
}

/** No plugins. */
export const emptyPipeline: TransformPipeline = {
  transformOf: () => undefined,
  storedOf: () => undefined,
}
