/** Entries of the log, as they are stored, served and verified. docs/audit-log.md says the same for other programs. */
import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

export const formatName = 'secure-chat-audit/1'

/** Stands for the entry before the first of a chain. */
export const noHash = '0'.repeat(64)

/** One entry of one chain: who knows it knows everything before it. */
export type Head = { readonly chain: string; readonly seq: number; readonly hash: string }

/** What is kept of a stored envelope: never the ciphertext itself. */
export type RecordedEnvelope = {
  readonly id: string
  readonly type: string
  readonly sender: string
  readonly recipient: string
  /** When the server took it. ISO-8601. */
  readonly timestamp: string
  /** Bytes of the ciphertext, in UTF-8. */
  readonly size: number
  /** SHA-256 of these bytes, hex. */
  readonly sha256: string
}

/** What an entry says. */
export type Statement =
  /** The first of a chain: a node began to record these types. */
  | {
      readonly kind: 'start'
      readonly format: typeof formatName
      readonly types: readonly string[]
    }
  | { readonly kind: 'envelope'; readonly envelope: RecordedEnvelope }
  /** Where other chains stood, so that none can go, or lose its end, unseen. */
  | { readonly kind: 'heads'; readonly heads: readonly Head[] }
  /** The last entries that were removed because they were older than `before` (ISO-8601). */
  | { readonly kind: 'pruned'; readonly before: string; readonly heads: readonly Head[] }
  /** So many envelopes were stored and could not be recorded. */
  | {
      readonly kind: 'gap'
      readonly missed: number
      readonly since: string
      readonly until: string
    }
  /** The node was stopped in order; nothing follows. */
  | { readonly kind: 'end' }

type Link = {
  readonly chain: string
  /** From 0, without gaps. */
  readonly seq: number
  /** `hash` of the entry before. */
  readonly prev: string
  /** When it was recorded, by the node's clock. ISO-8601. */
  readonly at: string
  readonly hash: string
}

export type Entry = Link & Statement

/** SHA-256 over the canonical JSON of everything in the entry but `hash`, so that members nobody knows yet count too. */
export function hashOf(entry: object): string {
  const { hash: _claimed, ...rest } = { hash: undefined, ...entry }
  return sha256(canonicalJson(rest))
}

export function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

/** Seals statements onto one chain. */
export function makeSealer(chain: string): (statement: Statement, at: string) => Entry {
  let seq = -1
  let prev = noHash
  return (statement, at) => {
    seq += 1
    const open = { chain, seq, prev, at, ...statement }
    prev = hashOf(open)
    return { ...open, hash: prev }
  }
}

export function headOf({ chain, seq, hash: value }: Head): Head {
  return { chain, seq, hash: value }
}
