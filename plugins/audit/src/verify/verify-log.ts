/** What `secure-chat audit verify` does: reads, checks, compares with what was kept, and keeps what it found. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { ChatError } from '@secure-chat/plugin-sdk/cli'
import { canonicalJson } from '../format/canonical-json.ts'
import { isSignedBy } from '../format/checkpoint.ts'
import { type Head, sha256 } from '../format/entry.ts'
import type { Problem } from './chain-check.ts'
import type { ServedCheckpoint } from './entry-schema.ts'
import { makeLogCheck } from './log-check.ts'
import { makePin, type Pin } from './pin-file.ts'
import { type Caller, readCheckpoint, readLog } from './read-log.ts'

export type ChainReport = {
  readonly chain: string
  readonly first: number
  readonly last: number
  /** Hash of the last entry. */
  readonly head: string
  /** `stopped`: without a last word, so what was stored in its last moments may be missing. */
  readonly state: 'running' | 'ended' | 'stopped'
}

export type Report = {
  readonly valid: boolean
  readonly entries: number
  /** Stands for the heads of all chains: SHA-256 of them. Null when there are none. */
  readonly head: string | null
  readonly from: string | null
  readonly until: string | null
  /** Envelopes that the log itself says it missed. */
  readonly missed: number
  readonly chains: readonly ChainReport[]
  /** The first break of each chain. */
  readonly broken: readonly Problem[]
  /** By whose key the checkpoint holds: `given`, the one that was `pinned`, the server's own word, or none is signed. */
  readonly signature: 'given' | 'pinned' | 'new' | 'none'
}

export type VerifyOptions = {
  readonly keepDays?: number | undefined
  /** What was kept before, and what to call it. */
  readonly pin?: { readonly pin: Pin; readonly name: string } | undefined
  /** The operator's public key, PEM, known by another way than from this server. */
  readonly key?: string | undefined
  readonly now: () => number
}

export async function verifyLog(
  client: Caller,
  { keepDays, pin, key, now }: VerifyOptions,
): Promise<{ readonly report: Report; readonly pin: Pin }> {
  const check = makeLogCheck(keepDays === undefined ? {} : { keepDays })
  // Asked for first: what it names has to be there when the log is read.
  const served = await readCheckpoint(client)
  const signature = signatureOf(served, { key, pin })
  for (const head of served.checkpoint.heads) check.expect(head, "the server's checkpoint")
  for (const { at, ...head } of pin?.pin.heads ?? []) check.expect(head, pin?.name ?? '', at)
  const { states } = await readLog(client, { check })
  const { entries, chains, missed, from = null, until = null } = check.summary()
  const heads = chains.flatMap(({ head, lastAt }) =>
    head && lastAt ? [{ ...head, at: lastAt }] : [],
  )
  const running = new Set(states.filter((state) => state.running).map(({ chain }) => chain))
  const broken = check.problems()
  const report: Report = {
    valid: broken.length === 0,
    entries,
    head: heads.length === 0 ? null : digestOf(heads),
    from,
    until,
    missed,
    chains: chains.flatMap(({ chain, first, head, isEnded }) => {
      const state = isEnded ? 'ended' : running.has(chain) ? 'running' : 'stopped'
      return head ? [{ chain, first, last: head.seq, head: head.hash, state }] : []
    }),
    broken,
    signature,
  }
  const checkpoint = served.signature === undefined ? {} : { checkpoint: served }
  return { report, pin: makePin({ saved_at: new Date(now()).toISOString(), heads, ...checkpoint }) }
}

/** @throws ChatError `key_changed`, `key_not_trusted` */
function signatureOf(
  served: ServedCheckpoint,
  { key, pin }: Pick<VerifyOptions, 'key' | 'pin'>,
): Report['signature'] {
  const pinned = pin?.pin.checkpoint?.public_key
  const trusted = key ?? pinned
  const { checkpoint, signature, public_key: own } = served
  if (signature === undefined) {
    if (trusted === undefined) return 'none'
    throw new ChatError(
      'key_not_trusted',
      'The server signs its audit log no longer, or never did.',
      {
        suggestions: [
          'Ask its operator. A log that is not signed can be rewritten by whoever reaches the database.',
        ],
      },
    )
  }
  const publicKey = keyOf(trusted ?? own ?? '')
  if (!isSignedBy(publicKey, { checkpoint, signature })) {
    const whose = key === undefined ? 'the key that signed before' : 'the key you named'
    throw new ChatError(
      'key_not_trusted',
      `The checkpoint of the audit log is not signed by ${whose}.`,
      {
        suggestions: [
          'Ask the operator whether the signing key was replaced, and for the new public key: --key FILE',
        ],
      },
    )
  }
  return key !== undefined ? 'given' : pinned !== undefined ? 'pinned' : 'new'
}

function keyOf(pem: string): KeyObject {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw notAKey(cause)
  }
  throw notAKey(undefined)
}

function notAKey(cause: unknown): ChatError {
  return new ChatError('invalid_key_file', 'This is no Ed25519 public key in PEM.', {
    cause,
    suggestions: ['The operator makes it from the signing key: openssl pkey -in KEY -pubout'],
  })
}

/** One value to write down for the state of the whole log. */
function digestOf(heads: readonly Head[]): string {
  return sha256(canonicalJson(heads.map(({ chain, seq, hash }) => ({ chain, seq, hash }))))
}
