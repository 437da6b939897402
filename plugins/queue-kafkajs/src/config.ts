import { z } from '@secure-chat/plugin-sdk/server'

const path = z.string().min(1)
const broker = z.string().regex(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i, 'must be host:port')

const passwordSasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string().min(1),
    /** A file that only its owner can read. */
    passwordFile: path.optional(),
    /** The name of an environment variable. */
    passwordEnv: z.string().min(1).optional(),
  })
  .refine(
    ({ passwordFile, passwordEnv }) => (passwordFile === undefined) !== (passwordEnv === undefined),
    'needs one of passwordFile and passwordEnv',
  )

/** The token is read again whenever a connection signs in: whoever renews it replaces the file. */
const tokenSasl = z.strictObject({ mechanism: z.literal('oauthbearer'), tokenFile: path })

/** A module of the operator's own, whose default export is what kafkajs takes as `sasl`, or a function that answers it. */
const moduleSasl = z.strictObject({ module: path })

/** What the operator may say; all of it may be left out. Paths are seen from the server's working folder. */
export const kafkajsConfig = z.strictObject({
  /** Further brokers to begin with, beside the one in QUEUE_URL. */
  brokers: z.array(broker).default([]),
  /** `true`: with the authorities that Node trusts. */
  tls: z
    .union([
      z.boolean(),
      z
        .strictObject({
          ca: path.optional(),
          cert: path.optional(),
          key: path.optional(),
        })
        .refine(
          ({ cert, key }) => (cert === undefined) === (key === undefined),
          'a certificate of the client needs both cert and key',
        ),
    ])
    .default(false),
  sasl: z.union([passwordSasl, tokenSasl, moduleSasl]).optional(),
  /** Of topics that are made; unless set, the broker's own default. */
  replicationFactor: z.int().min(1).max(32_767).optional(),
  retentionDays: z.number().positive().max(36_500).default(30),
  retentionBytes: z
    .int()
    .min(1024 * 1024)
    .default(2 ** 30),
  /** Settings of topics in Kafka's words; they win over the driver's own. */
  topicConfig: z.record(z.string(), z.string()).default({}),
})

export type KafkajsConfig = z.output<typeof kafkajsConfig>
