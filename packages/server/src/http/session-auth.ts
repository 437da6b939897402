import { ChatError } from '@secure-chat/protocol'
import type { RequestHandler } from 'express'
import { Passport } from 'passport'
import { Strategy as BearerStrategy, type VerifyFunctionWithRequest } from 'passport-http-bearer'
import type { CheckedProof, ProofCheck } from '../domain/sessions/proof-check.ts'
import { hasBody, mediaTypeOf } from './media-type.ts'
import { stateOf } from './request-state.ts'

/**
 * The session proof as a passport strategy, checked from the headers alone. What passport-http-bearer
 * would take from elsewhere or answer by itself is refused before it: it takes tokens from query and
 * body and cannot be told not to.
 */
export function makeSessionAuth({
  proofCheck,
  onSign,
}: {
  readonly proofCheck: ProofCheck
  /** A sign of life of the session's user. */
  readonly onSign: (checked: CheckedProof) => void
}): RequestHandler {
  const verify: VerifyFunctionWithRequest = (request, token, done) => {
    const accept = (checked: CheckedProof) => {
      const state = stateOf(request)
      state.session = checked.session
      state.proof = checked.proof
      onSign(checked)
      done(null, { name: checked.session.user })
    }
    try {
      const checked = proofCheck.check(token, {
        method: request.method,
        target: request.originalUrl,
        mediaType: hasBody(request) ? mediaTypeOf(request) : '',
      })
      if (checked instanceof Promise) checked.then(accept).catch(done)
      else accept(checked)
    } catch (error) {
      done(error)
    }
  }
  const passport = new Passport()
  passport.use(new BearerStrategy({ passReqToCallback: true, realm: 'secure-chat' }, verify))
  const options = { session: false, assignProperty: 'user', authInfo: false }
  return requireOneToken(proofCheck, passport.authenticate('bearer', options))
}

function requireOneToken(proofCheck: ProofCheck, authenticate: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const header = request.headers.authorization
    if (header === undefined || header === '') throw new ChatError('token_missing')
    // node keeps the first of several and says nothing: a proxy might have read the other one.
    if (countOf(request.rawHeaders, 'authorization') !== 1) throw new ChatError('token_invalid')
    if (/^Bearer [^ ]+$/i.test(header)) return authenticate(request, response, next)
    return refuse(header)
  }

  async function refuse(header: string): Promise<never> {
    for (const part of header.split(/[\s,]+/)) await proofCheck.endIfExposed(part)
    throw new ChatError('token_invalid')
  }
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const found = rawHeaders[i]
    if (found?.length === name.length && found.toLowerCase() === name) count += 1
  }
  return count
}
