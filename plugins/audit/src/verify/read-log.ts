/** The log over the wire, page by page. */
import { type ChatClient, ChatError, isChatError, type z } from '@secure-chat/plugin-sdk/cli'
import {
  chainPageSchema,
  checkpointSchema,
  entryPageSchema,
  type ReadEntry,
  type ServedCheckpoint,
} from './entry-schema.ts'
import { type LogCheck, makeLogCheck } from './log-check.ts'

export type Caller = Pick<ChatClient, 'call'>

export type ChainState = { readonly chain: string; readonly running: boolean }

/**
 * Reads everything there is and checks it on the way.
 *
 * @param options.seen is told of every entry that fits, in the order of its chain
 * @throws ChatError `not_found` where there is no such plugin, `not_yours` for who is no auditor
 */
export async function readLog(
  client: Caller,
  options: Partial<Reading> = {},
): Promise<{ readonly check: LogCheck; readonly states: readonly ChainState[] }> {
  const { check = makeLogCheck(), seen = () => undefined } = options
  const states = await readChains(client, { check, seen })
  // While it was read it went on: what one chain says of another may have come, or gone, since.
  const isWhole = check.problems().length === 0
  return { check, states: isWhole ? states : await readChains(client, { check, seen }) }
}

type Reading = { readonly check: LogCheck; readonly seen: (entry: ReadEntry) => void }

async function readChains(client: Caller, reading: Reading): Promise<ChainState[]> {
  const states: ChainState[] = []
  for await (const state of chainsOf(client)) {
    await readChain(client, state.chain, reading)
    states.push(state)
  }
  return states
}

/** From where it was read to before. Each page begins with the entry that is known, so that nothing hides between two. */
async function readChain(client: Caller, chain: string, { check, seen }: Reading): Promise<void> {
  const progress = check.chain(chain)
  for (;;) {
    const known = progress.head
    const path = `/plugins/audit/chains/${chain}?from=${known?.seq ?? 0}&limit=1000`
    const page = parsed(entryPageSchema, await call(client, path))
    const isKnown = known !== undefined && hashIn(page.entries[0]) === known.hash
    for (const value of isKnown ? page.entries.slice(1) : page.entries) {
      const entry = check.take(chain, value)
      // Behind a break nothing of this chain can be trusted.
      if (entry === undefined) return
      seen(entry)
    }
    if (!page.more || progress.head === known) return
  }
}

function hashIn(value: unknown): unknown {
  return Reflect.get(Object(value), 'hash')
}

async function* chainsOf(client: Caller): AsyncGenerator<ChainState> {
  let after = ''
  for (;;) {
    const query = `limit=1000${after === '' ? '' : `&after=${after}`}`
    const page = parsed(chainPageSchema, await call(client, `/plugins/audit/chains?${query}`))
    for (const row of page.chains) {
      if (row.chain <= after) throw notUnderstood()
      after = row.chain
      yield row
    }
    if (!page.more || page.chains.length === 0) return
  }
}

export async function readCheckpoint(client: Caller): Promise<ServedCheckpoint> {
  return parsed(checkpointSchema, await call(client, '/plugins/audit/checkpoint'))
}

async function call(client: Caller, path: string): Promise<unknown> {
  try {
    return await client.call('GET', path)
  } catch (error) {
    if (!isChatError(error, 'not_found')) throw error
    throw new ChatError('not_found', 'This server keeps no audit log.', {
      cause: error,
      suggestions: ['Its operator adds the plugin secure-chat-plugin-audit to the configuration.'],
    })
  }
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw notUnderstood(error)
}

function notUnderstood(cause?: unknown): ChatError {
  const text = 'The server answered something that is no page of an audit log.'
  return new ChatError('bad_answer', text, { cause })
}
