/** What a server hands out, before anything of it is believed. Members that are not known yet stay: the hash covers them. */
import { z } from '@secure-chat/plugin-sdk/cli'
import { chainIdPattern } from '../format/chain-id.ts'
import { checkpointFormat } from '../format/checkpoint.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const seq = z.int().min(0).max(1e12)
const chain = z.string().regex(chainIdPattern)
const moment = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)

export const headSchema = z.object({ chain, seq, hash: digest })
const heads = z.array(headSchema).max(1000)

const link = { chain, seq, prev: digest, at: moment, hash: digest }

const envelope = z.looseObject({
  id: z.string(),
  type: z.string(),
  sender: z.string(),
  recipient: z.string(),
  timestamp: moment,
  size: z.int().min(0),
  sha256: digest,
})

export const entrySchema = z.discriminatedUnion('kind', [
  z.looseObject({
    ...link,
    kind: z.literal('start'),
    format: z.string(),
    types: z.array(z.string()),
  }),
  z.looseObject({ ...link, kind: z.literal('envelope'), envelope }),
  z.looseObject({ ...link, kind: z.literal('heads'), heads }),
  z.looseObject({ ...link, kind: z.literal('pruned'), before: moment, heads }),
  z.looseObject({
    ...link,
    kind: z.literal('gap'),
    missed: z.int().min(1),
    since: moment,
    until: moment,
  }),
  z.looseObject({ ...link, kind: z.literal('end') }),
])

export type ReadEntry = z.infer<typeof entrySchema>

export const chainPageSchema = z.object({
  chains: z.array(z.object({ chain, running: z.boolean() })),
  more: z.boolean(),
})

/** Entries are looked at one by one, so that the first bad one has a number. */
export const entryPageSchema = z.object({ entries: z.array(z.unknown()), more: z.boolean() })

export const checkpointSchema = z.object({
  checkpoint: z.object({ format: z.literal(checkpointFormat), at: moment, heads }),
  signature: z.string().optional(),
  public_key: z.string().optional(),
})
export type ServedCheckpoint = z.infer<typeof checkpointSchema>
