import { ChatError } from '@secure-chat/protocol'
import type { Request, RequestHandler } from 'express'
import type { Health } from '../domain/common/health.ts'
import type { ProofCheck } from '../domain/sessions/proof-check.ts'
import type { Clock } from '../ports/index.ts'

export interface BeginRequest {
  /** Gives a request its state. Again is harmless. */
  begin(request: Request, route: string | undefined): void
  /** The first step of every route: its state, and what no route may be reached with. */
  handler(route: string): RequestHandler
}

const methodOverrides = ['x-http-method-override', 'x-http-method', 'x-method-override']

/** Members of the query called `access_token`, percent-encoded or not. By hand: `URL` throws on targets such as `//[`. */
function tokensIn(url: string): string[] {
  const start = url.indexOf('?')
  if (start < 0) return []
  const query = url.slice(start + 1)
  // Decoding costs, and ordinary calls need none. A path may hold the word: it is a user's name there.
  if (!query.includes('access_token') && !query.includes('%')) return []
  return new URLSearchParams(query).getAll('access_token')
}

export function makeBeginRequest({
  proofCheck,
  health,
  clock,
  nextRequestId,
}: {
  readonly proofCheck: ProofCheck
  readonly health: Health
  readonly clock: Clock
  readonly nextRequestId: () => string
}): BeginRequest {
  function begin(request: Request, route: string | undefined): void {
    request.chat ??= {
      requestId: nextRequestId(),
      startedAt: clock.monotonic(),
      route,
      session: undefined,
      proof: undefined,
      body: undefined,
    }
  }

  return {
    begin,
    handler: (route) => (request, _response, next) => {
      begin(request, route)
      const { url } = request
      // An absolute-form target would be signed as sent and routed as something else.
      if (!url.startsWith('/')) {
        throw new ChatError('invalid_request', 'Send the path as request target, not a whole URL.')
      }
      // On a connection from before; the balancer has been told, the client comes back to another node.
      if (health.isDraining && url !== '/livez' && url !== '/readyz') {
        throw new ChatError('shutting_down')
      }
      const { headers } = request
      if (methodOverrides.some((name) => headers[name] !== undefined)) {
        throw new ChatError(
          'invalid_request',
          'Send the method in the request line, not in a header.',
        )
      }
      const tokens = tokensIn(url)
      if (tokens.length > 0) return refuseTokens(tokens)
      // On open endpoints too: whoever sends a session key has it in more places than this.
      if (headers.authorization?.includes('sk1.')) {
        return endExposed(headers.authorization).then(() => next())
      }
      next()
    },
  }

  async function endExposed(authorization: string): Promise<void> {
    for (const part of authorization.split(/[\s,]+/)) await proofCheck.endIfExposed(part)
  }

  /** Query strings land in logs: a genuine session key in one is worthless from here on. */
  async function refuseTokens(tokens: readonly string[]): Promise<never> {
    for (const token of tokens) await proofCheck.endIfExposed(token)
    throw new ChatError('token_misplaced')
  }
}
