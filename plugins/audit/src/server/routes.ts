import type { Contributions } from '@secure-chat/plugin-sdk/server'
import { chainIdPattern } from '../format/chain-id.ts'
import { checkpointFormat, signCheckpoint } from '../format/checkpoint.ts'
import { blockMaxEntries, type LogStore } from './log-store.ts'
import { readPage } from './page.ts'
import type { Recorder } from './recorder.ts'
import type { SigningKey } from './signing-key.ts'

type Routes = NonNullable<Contributions['routes']>
/** Express's, by the contract: the server brings it. */
type Router = Parameters<NonNullable<Routes['signedIn']>>[0]
/** What refusals need of a response. */
type Response = {
  status(code: number): Response
  type(mediaType: string): Response
  send(body: string): unknown
}

const pageMax = 1000
/** Room for two blocks: a reader begins with the entry that it has already. */
const pageMin = 2 * blockMaxEntries

export type RouteOptions = {
  readonly store: LogStore
  readonly recorder: Recorder
  /** Names in lower case. */
  readonly auditors: ReadonlySet<string>
  readonly signingKey: SigningKey | undefined
  readonly now: () => number
}

/** What auditors read, page by page. */
export function fillRouter(router: Router, options: RouteOptions): void {
  const { store, recorder, auditors, signingKey, now } = options

  router.use((request, response, next) => {
    if (auditors.has(request.user?.name ?? '')) return next()
    refuse(
      response,
      403,
      'not_yours',
      'Only auditors may read the audit log. The operator of the server names them.',
    )
  })

  router.get('/chains', async (request, response) => {
    const query = queryOf(request)
    const after = query.get('after') ?? ''
    const limit = limitOf(query)
    if (limit === undefined || !(after === '' || chainIdPattern.test(after))) {
      return badQuery(response)
    }
    await recorder.flushed()
    const chains = await store.chains({ limit, ...(after !== '' && { after }) })
    const rows = []
    for (const chain of chains) rows.push({ chain, running: await store.isAlive(chain) })
    response.json({ chains: rows, more: chains.length === limit })
  })

  router.get('/chains/:chain', async (request, response) => {
    const { chain } = request.params
    const query = queryOf(request)
    const limit = limitOf(query)
    const from = numberOf(query, 'from', 0)
    if (limit === undefined || from === undefined || !chainIdPattern.test(chain)) {
      return badQuery(response)
    }
    await recorder.flushed()
    response.json(await readPage(store, chain, { from, limit }))
  })

  router.get('/checkpoint', async (_request, response) => {
    const checkpoint = {
      format: checkpointFormat,
      at: new Date(now()).toISOString(),
      heads: await recorder.tips(),
    } as const
    response.json(signingKey ? signCheckpoint(checkpoint, signingKey) : { checkpoint })
  })
}

/** Not `request.query`, in which a member that comes twice is a list. */
function queryOf({ originalUrl }: { readonly originalUrl: string }): URLSearchParams {
  return new URL(originalUrl, 'http://server').searchParams
}

function limitOf(query: URLSearchParams): number | undefined {
  const limit = numberOf(query, 'limit', pageMax)
  return limit !== undefined && limit >= pageMin && limit <= pageMax ? limit : undefined
}

function numberOf(query: URLSearchParams, name: string, unless: number): number | undefined {
  const [value, ...others] = query.getAll(name)
  if (value === undefined) return unless
  return others.length === 0 && /^\d{1,12}$/.test(value) ? Number(value) : undefined
}

function badQuery(response: Response): void {
  const detail = `\`limit\` is a number from ${pageMin} to ${pageMax}, \`from\` the number of an entry, \`after\` the name of a chain.`
  refuse(response, 422, 'invalid_request', detail)
}

/** As the server's own refusals look. RFC 9457. */
function refuse(response: Response, status: number, code: string, detail: string): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:secure-chat:error:${code}`,
        title: detail,
        status,
        code,
        detail,
        error: detail,
      }),
    )
}
