import { ChatError, parseUserName } from '@secure-chat/protocol'
import { loadConfig } from '../config.ts'
import { makeOperatorOrders, type OperatorOrders } from '../domain/accounts/operator-orders.ts'
import { openDatabase } from '../engines.ts'
import { systemClock } from '../ops/system-clock.ts'
import { silentLog, type UserDatabase } from '../ports/index.ts'
import { loadDrivers } from '../server-plugins.ts'
import type { CommandIo } from './io.ts'

const verbs = ['list', 'suspend', 'resume', 'remove'] as const
export type UsersVerb = (typeof verbs)[number]

export function isUsersVerb(word: string | undefined): word is UsersVerb {
  return verbs.some((verb) => verb === word)
}

/** Works beside a running server, which takes notice within 2 s, and without one. */
export async function users(
  io: CommandIo,
  verb: UsersVerb,
  rawName: string | undefined,
): Promise<number> {
  const settings = await loadConfig()
  const deps = { clock: systemClock, log: silentLog }
  // The queue is not opened here: it may be down, and its plugin is none of this command's business.
  const plugins = await loadDrivers({ ...settings, queueUrl: undefined }, deps)
  try {
    const { drivers } = plugins
    const database = await openDatabase(settings, { ...deps, drivers, isExclusive: false })
    try {
      return await act(io, database, { verb, rawName })
    } finally {
      await database.close()
    }
  } finally {
    await plugins.close()
  }
}

async function act(
  io: CommandIo,
  database: UserDatabase,
  { verb, rawName }: { readonly verb: UsersVerb; readonly rawName: string | undefined },
): Promise<number> {
  const orders = makeOperatorOrders({
    users: database.users,
    sessions: database.sessions,
    storage: database.pluginStorage,
    clock: systemClock,
  })
  if (verb === 'list') return await list(io, orders)
  const name = parseUserName(rawName)
  const order = { suspend: orders.suspend, resume: orders.resume, remove: orders.orderRemoval }[
    verb
  ]
  if (!(await order(name))) {
    throw new ChatError(
      'no_such_user',
      `There is no user ${name}. See: secure-chat-server users list`,
    )
  }
  io.out(`${name}: ${done[verb]}\n`)
  return 0
}

const done = {
  suspend: 'suspended; sessions end within 2 seconds',
  resume: 'may sign in again',
  remove: 'signed out; account and mailbox go within seconds, or at the next start of the server',
}

/** Tab-separated and untruncated, so that it can be piped. */
async function list(io: CommandIo, orders: OperatorOrders): Promise<number> {
  const pageSize = 500
  let after: string | undefined
  for (;;) {
    const page = await orders.list(after, pageSize)
    for (const { name, isSuspended, createdAt } of page) {
      io.out(
        `${name}\t${isSuspended ? 'suspended' : 'active'}\t${new Date(createdAt).toISOString()}\n`,
      )
    }
    after = page.at(-1)?.name
    if (page.length < pageSize) return 0
  }
}
