import { fromBase64Url, toBase64Url, type UserName } from '@secure-chat/protocol'
import { type KeyMaterial, messageKeyOf, nextChainKey } from './chain.ts'
import { openDirectJwe } from './compact-jwe.ts'
import { decodeBody, hashMessage, type MessageBody, readEnvelope } from './message.ts'
import { undecryptable } from './undecryptable.ts'

/** The key of a number that was jumped over, and what the message after it says its hash is, once that is known. */
export type SkippedKey = {
  readonly n: number
  readonly key: string
  readonly claimedHash: string | null
}

/** A number that was opened and the SHA-256 of the compact JWE that came under it. */
export type OpenedNumber = { readonly n: number; readonly hash: string }

/** State of a chain a contact made. Plain and serialisable; secret. */
export type ReceivingChain = KeyMaterial & {
  readonly v: 1
  /** One more than the highest number opened. */
  readonly next: number
  /** The chain key of `next`, base64url. */
  readonly chainKey: string
  /** Ascending by n, at most 1,000: the numbers still missing. */
  readonly skipped: readonly SkippedKey[]
  /** Ascending by n, the newest 1,000. */
  readonly opened: readonly OpenedNumber[]
}

/** What an opened message shows beside its text. */
export type Notice =
  /** Numbers `from`…`to` have not come (yet). */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  /** It comes after later ones of its chain. */
  | { readonly kind: 'late'; readonly n: number }
  /** It and the message beside it disagree about the latter's hash: the sender sealed two under one number. */
  | { readonly kind: 'broken_link'; readonly n: number }
  /** The sender says that the server refused these for good: they are not missing. */
  | { readonly kind: 'void'; readonly numbers: readonly number[] }
  /** The sender says that the server refused this one, and yet it came. */
  | { readonly kind: 'void_received'; readonly n: number }

const jumpMax = 1000
const skippedMax = 1000
const openedMax = 1000

/**
 * Opens a message of this chain; the given state is left as it is, the new one comes back only when
 * everything fitted. Throws `undecryptable`; with `members.reason` 'repeat' when this very
 * ciphertext was opened before, 'attack' when another one came under its number.
 */
export async function openMessage(
  chain: ReceivingChain,
  o: { id: string; sender: string; message: string; me: UserName },
): Promise<{ chain: ReceivingChain; body: MessageBody; notices: Notice[] }> {
  const envelope = readEnvelope(o.message)
  if (!envelope || envelope.kid !== chain.kid) throw undecryptable()
  if (o.sender !== chain.from || o.me !== chain.to) throw undecryptable()
  const { n } = envelope
  const hash = hashMessage(o.message)
  const before = chain.opened.find((opened) => opened.n === n)
  if (before) throw undecryptable(before.hash === hash ? 'repeat' : 'attack')
  const reached = reach(chain, n)
  const plaintext = openDirectJwe(envelope.jwe, reached.messageKey)
  const body = plaintext && decodeBody(plaintext)
  if (!body || !fitsRecord(body, chain, o.id, n)) throw undecryptable()
  return settle(chain, reached, { n, hash, body })
}

/** Numbers that were jumped over and have not come. */
export function missingNumbers(chain: ReceivingChain): number[] {
  return chain.skipped.map(({ n }) => n)
}

type Reached = {
  readonly messageKey: Buffer
  /** What an already opened n + 1 says that the hash of n is. */
  readonly claimedHash: string | null
  readonly next: number
  readonly chainKey: string
  /** Without n. */
  readonly skipped: () => readonly SkippedKey[]
}

/** Derives the key of n without touching the state: nobody has proved anything yet. */
function reach(chain: ReceivingChain, n: number): Reached {
  return n < chain.next ? reachBack(chain, n) : reachForward(chain, n)
}

function reachBack(chain: ReceivingChain, n: number): Reached {
  const { next, chainKey } = chain
  const kept = chain.skipped.find((skipped) => skipped.n === n)
  const messageKey = kept && fromBase64Url(kept.key)
  if (!kept || messageKey?.length !== 32) throw undecryptable()
  const skipped = () => chain.skipped.filter((other) => other.n !== n)
  return { messageKey, claimedHash: kept.claimedHash, next, chainKey, skipped }
}

function reachForward(chain: ReceivingChain, n: number): Reached {
  const start = fromBase64Url(chain.chainKey)
  if (n - chain.next > jumpMax || start?.length !== 32) throw undecryptable()
  const passed: Buffer[] = []
  let key = start
  for (let number = chain.next; number < n; number += 1) {
    passed.push(key)
    key = nextChainKey(key)
  }
  // The keys in between are derived only once the tag has fitted: a forged jump costs half of a real one.
  const skipped = () =>
    passed.map((chainKey, index) => ({
      n: chain.next + index,
      key: toBase64Url(messageKeyOf(chainKey)),
      claimedHash: null,
    }))
  return {
    messageKey: messageKeyOf(key),
    claimedHash: null,
    next: n + 1,
    chainKey: toBase64Url(nextChainKey(key)),
    skipped: () => [...chain.skipped, ...skipped()].slice(-skippedMax),
  }
}

function fitsRecord(body: MessageBody, chain: ReceivingChain, id: string, n: number): boolean {
  return (
    body.id === id &&
    body.from === chain.from &&
    body.to === chain.to &&
    (body.prev_hash === null) === (n === 0)
  )
}

function settle(
  chain: ReceivingChain,
  reached: Reached,
  { n, hash, body }: { n: number; hash: string; body: MessageBody },
): { chain: ReceivingChain; body: MessageBody; notices: Notice[] } {
  // Only what was sealed before this one can have been refused before it.
  const withdrawn = (body.void ?? []).filter((number) => number < n)
  const voided = new Set(withdrawn)
  const skipped = reached
    .skipped()
    .filter((entry) => !voided.has(entry.n))
    .map((entry) => (entry.n === n - 1 ? { ...entry, claimedHash: body.prev_hash } : entry))
  const opened = [...chain.opened, { n, hash }].sort((a, b) => a.n - b.n).slice(-openedMax)
  const previous = chain.opened.find((entry) => entry.n === n - 1)
  const isBroken =
    (previous !== undefined && previous.hash !== body.prev_hash) ||
    (reached.claimedHash !== null && reached.claimedHash !== hash)
  const notices: Notice[] = [
    ...(n < chain.next ? [{ kind: 'late', n } as const] : []),
    ...gaps(skipped.map((entry) => entry.n).filter((number) => number >= chain.next)),
    ...(isBroken ? [{ kind: 'broken_link', n } as const] : []),
    ...voidNotices(chain, withdrawn),
  ]
  const { next, chainKey } = reached
  return { chain: { ...chain, next, chainKey, skipped, opened }, body, notices }
}

function voidNotices(chain: ReceivingChain, numbers: readonly number[]): Notice[] {
  const arrived = numbers.filter((n) => chain.opened.some((entry) => entry.n === n))
  const withdrawn = numbers.filter((n) => !arrived.includes(n))
  return [
    ...(withdrawn.length > 0 ? [{ kind: 'void', numbers: withdrawn } as const] : []),
    ...arrived.map((n) => ({ kind: 'void_received', n }) as const),
  ]
}

/** Ascending numbers as runs. */
function gaps(numbers: readonly number[]): Notice[] {
  const runs: { kind: 'gap'; from: number; to: number }[] = []
  for (const n of numbers) {
    const last = runs.at(-1)
    if (last && last.to === n - 1) last.to = n
    else runs.push({ kind: 'gap', from: n, to: n })
  }
  return runs
}
