import { ChatError, type UserName } from '@secure-chat/protocol'
import { compare, compareDatabases, type Listening, type Report } from './compare.ts'
import { copyTable } from './copy-tables.ts'
import { inOrder } from './in-order.ts'
import { copyMailbox, everyUser } from './mailboxes.ts'
import { removeMark, setMark } from './mark.ts'
import { type Migration, mailboxesAtOnce, transferOf } from './migration.ts'
import { tableNames } from './tables.ts'
import { stateOfTarget } from './target-state.ts'

/**
 * Copies accounts, sessions and mailboxes, then compares both sides. Interrupted anywhere, the same call goes on. It
 * never changes the source; a target that is not the same in the end keeps its mark, and no server starts on it.
 *
 * @throws ChatError `usage` when the target holds what is not the source's, the signal's reason, errors of the engines
 */
export async function migrate(o: Migration & Listening): Promise<Report> {
  const { source, target } = o
  if (source.database !== target.database) await copyDatabase(o)
  if (source.queue !== target.queue) await copyQueue(o)
  const report = await compare(o)
  if (report.isEqual && source.database !== target.database) {
    await removeMark(target.database.pluginStorage)
  }
  return report
}

async function copyDatabase(o: Migration): Promise<void> {
  const { source, target, clock } = o
  const from = transferOf(source.database)
  const to = transferOf(target.database)
  const state = await stateOfTarget(source.database, target.database, clock)
  if (state === 'finished') return refuseChanged(o)
  const id = await source.database.serverId()
  // Before the first row: no server starts on the target from now on, and a later run knows whose copy it is.
  await setMark(target.database.pluginStorage, id)
  await to.setServerId(id)
  const shared = { source: from, target: to, clock, signal: o.signal }
  for (const name of tableNames) {
    let done = 0
    const onRow = () => {
      done += 1
      o.onProgress({ step: 'copying', what: name, done })
    }
    if (name !== 'users') await copyTable({ ...shared, name, onRow })
    else await copyTable({ ...shared, name, onRow, beforeRemoval: removeMailboxes })
  }

  /** Of accounts that were removed at the source after an earlier run had copied them. */
  async function removeMailboxes(rows: readonly { name: UserName }[]): Promise<void> {
    if (source.queue === target.queue) return
    for (const { name } of rows) await target.queue.removeMailbox(name)
  }
}

/** A finished copy may have been in use: whatever is different there came later, and copying again would undo it. */
async function refuseChanged(o: Migration): Promise<void> {
  const changed = (await compareDatabases(o)).filter(({ difference }) => difference !== undefined)
  if (changed.length === 0) return
  throw new ChatError(
    'usage',
    `The target was copied from this source before, and one of them has been in use since: ${changed.map(({ what }) => what).join(', ')} differ. Nothing was changed. See --verify, or name an empty target.`,
  )
}

async function copyQueue(o: Migration): Promise<void> {
  let mailboxes = 0
  let messages = 0
  const copyOne = async (user: UserName) => {
    await copyMailbox({
      source: o.source.queue,
      target: o.target.queue,
      user,
      signal: o.signal,
      onCopied(records) {
        messages += records
        o.onProgress({ step: 'copying', what: 'messages', done: messages })
      },
    })
  }
  for await (const _ of inOrder(everyUser(o.source.database.users), mailboxesAtOnce, copyOne)) {
    mailboxes += 1
    o.onProgress({ step: 'copying', what: 'mailboxes', done: mailboxes })
  }
}
