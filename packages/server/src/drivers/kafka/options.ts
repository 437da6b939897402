/** How the brokers are reached: the same for all of them. */
export interface KafkaAccess {
  /** The ones to begin with, tried in turn; the others are learnt from them. */
  readonly brokers: ReadonlyArray<{ readonly host: string; readonly port: number }>
  /** PEM texts. Left out: unencrypted. */
  readonly tls?: {
    /** Left out: the authorities that Node trusts. */
    readonly ca?: string
    /** For brokers that ask for a client's certificate. */
    readonly cert?: string
    readonly key?: string
  }
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly username: string
    readonly password: string
  }
}

/** How topics are made. Topics that are there keep what they were made with. */
export interface KafkaTopics {
  /** Left out: the broker's own default. */
  readonly replicationFactor?: number
  readonly retentionMs: number
  readonly retentionBytes: number
  /** Wins over what the driver sets itself. */
  readonly config: Readonly<Record<string, string>>
}
