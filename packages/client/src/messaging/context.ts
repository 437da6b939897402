import type { Identity } from '@secure-chat/e2ee'
import type { UserName } from '@secure-chat/protocol'
import type { Api } from '../api/api.ts'
import type { Clock } from '../clock.ts'
import { makeOutboxStore, type OutboxStore } from '../outbox/outbox-store.ts'
import { type MailboxCursor, makeMailboxCursor } from '../sync/cursor.ts'
import { type EnvelopeStore, makeEnvelopeStore } from '../sync/envelope-store.ts'
import { type JobStore, makeJobStore } from '../sync/job-store.ts'
import { makeSeenStore, type SeenStore } from '../sync/seen-store.ts'
import { type ContactStore, makeContactStore } from '../trust/contact-store.ts'
import type { Vault } from '../vault/vault.ts'
import { type ChainStore, makeChainStore } from './chain-store.ts'
import { type LineStore, makeLineStore } from './line-store.ts'
import { makeStateStore, type StateStore } from './state-store.ts'

/** The signed-in account that messaging works for. */
export type Self = {
  name: UserName
  sessionId: string
  /** `server_id` of the server, part of every key-change proof. */
  serverId: string
  /** Fresh from the vault: the present key first, then the replaced ones. Another process may have replaced it. */
  identities(): readonly Identity[]
}

/** What all of messaging works on: the account, its server, the vault's stores, time. */
export type Context = {
  self: Self
  api: Api
  clock: Clock
  vault: Vault
  contacts: ContactStore
  lines: LineStore
  chains: ChainStore
  outbox: OutboxStore
  envelopes: EnvelopeStore
  jobs: JobStore
  seen: SeenStore
  state: StateStore
  cursor: MailboxCursor
  /** Ids of messages and notices. */
  newId(): string
  log(event: { event: string; [member: string]: unknown }): void
}

export function makeContext(
  o: Pick<Context, 'self' | 'api' | 'clock' | 'vault' | 'newId' | 'log'>,
): Context {
  const state = makeStateStore(o.vault)
  return {
    ...o,
    state,
    contacts: makeContactStore(o.vault),
    lines: makeLineStore(o.vault),
    chains: makeChainStore(o.vault),
    outbox: makeOutboxStore(o.vault),
    envelopes: makeEnvelopeStore(o.vault),
    jobs: makeJobStore(o.vault),
    seen: makeSeenStore(o.vault),
    cursor: makeMailboxCursor(state),
  }
}

/** The present key of the account. */
export function presentIdentity(self: Self): Identity {
  const [present] = self.identities()
  if (!present) throw new Error('an opened account has a private key')
  return present
}
