import type { UserName } from '@secure-chat/protocol'
import { compareTable } from './compare-tables.ts'
import { inOrder } from './in-order.ts'
import { compareMailbox, everyUser } from './mailboxes.ts'
import { type Migration, mailboxesAtOnce, transferOf } from './migration.ts'
import { tableNames } from './tables.ts'
import { isSameSum, makeTally, type Sum } from './tally.ts'

/** A table, or a mailbox by its user's name, on both sides. */
export interface Compared {
  readonly what: string
  readonly source: Sum
  readonly target: Sum
  /** What keeps the two from being the same; undefined when they are. */
  readonly difference: string | undefined
}

export interface Report {
  /** The server's id, every table, and `mailboxes`: their number with a hash over the sums of each. */
  readonly tables: readonly Compared[]
  /** Of all mailboxes together. */
  readonly messages: { readonly source: number; readonly target: number }
  /** Mailboxes that are not the same. */
  readonly differing: readonly Compared[]
  readonly isEqual: boolean
}

/** Who wants to hear of each as soon as it is known. */
export interface Listening {
  readonly onTable?: (table: Compared) => void
  /** By name. */
  readonly onMailbox?: (mailbox: Compared) => void
}

/** Reads both sides whole. */
export async function compare(o: Migration & Listening): Promise<Report> {
  const tables = o.source.database === o.target.database ? [] : await compareDatabases(o)
  const mailboxes = o.source.queue === o.target.queue ? undefined : await compareQueues(o)
  if (mailboxes !== undefined) o.onTable?.(mailboxes.sums)
  const all = mailboxes === undefined ? tables : [...tables, mailboxes.sums]
  return {
    tables: all,
    messages: mailboxes?.messages ?? { source: 0, target: 0 },
    differing: mailboxes?.differing ?? [],
    isEqual: all.every(({ difference }) => difference === undefined),
  }
}

/** The server's id and every table. */
export async function compareDatabases(
  o: Migration & Pick<Listening, 'onTable'>,
): Promise<Compared[]> {
  const compared: Compared[] = []
  const add = (what: string, sums: { source: Sum; target: Sum }) => {
    const table = withVerdict(what, sums.source, sums.target)
    compared.push(table)
    o.onTable?.(table)
  }
  const ids = { source: makeTally(), target: makeTally() }
  ids.source.add(await o.source.database.serverId())
  ids.target.add(await o.target.database.serverId())
  add('serverId', { source: ids.source.sum(), target: ids.target.sum() })
  const source = transferOf(o.source.database)
  const target = transferOf(o.target.database)
  for (const name of tableNames) {
    o.onProgress({ step: 'comparing', what: name, done: 0 })
    add(name, await compareTable({ ...o, name, source, target }))
  }
  return compared
}

async function compareQueues(
  o: Migration & Pick<Listening, 'onMailbox'>,
): Promise<{ sums: Compared; messages: Report['messages']; differing: readonly Compared[] }> {
  const tallies = { source: makeTally(), target: makeTally() }
  const messages = { source: 0, target: 0 }
  const differing: Compared[] = []
  let done = 0
  const compareOne = (user: UserName) =>
    compareMailbox({
      source: o.source.queue,
      target: o.target.queue,
      user,
      signal: o.signal,
      keptSince: o.clock.now() - o.targetKeepsMs,
    })
  const names = everyUser(o.source.database.users)
  for await (const mailbox of inOrder(names, mailboxesAtOnce, compareOne)) {
    const { user, source, target, difference } = mailbox
    tallies.source.add([user, source])
    tallies.target.add([user, target])
    messages.source += source.count
    messages.target += target.count
    const compared = { what: user, source, target, difference }
    if (difference !== undefined) differing.push(compared)
    o.onMailbox?.(compared)
    done += 1
    o.onProgress({ step: 'comparing', what: 'mailboxes', done })
  }
  const sums = withVerdict('mailboxes', tallies.source.sum(), tallies.target.sum())
  const difference = differing.length > 0 ? `${differing.length} differ` : sums.difference
  return { sums: { ...sums, difference }, messages, differing }
}

function withVerdict(what: string, source: Sum, target: Sum): Compared {
  return { what, source, target, difference: isSameSum(source, target) ? undefined : 'differs' }
}
