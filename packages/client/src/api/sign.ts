import { ChatError, isChatError, signRequest } from '@secure-chat/protocol'
import type { Clock } from '../clock.ts'
import { makeClockOffset } from './clock-offset.ts'

/** What login gave: the session's id and its key K. Neither ever crosses the wire again. */
export type SessionSecrets = { sid: Uint8Array; key: Uint8Array }

export type Signable = { method: string; target: string; mediaType: string; body: Uint8Array }

/** Signs requests of one session and keeps up with the server's clock. */
export type Signer = {
  offsetMs(): number
  /**
   * Runs `send` with a value for Authorization (fresh time and nonce); when the server finds the time stale and
   * proves its own, once more with the corrected time.
   */
  signed<T>(request: Signable, send: (authorization: string) => Promise<T>): Promise<T>
}

export function makeSigner({ sid, key }: SessionSecrets, clock: Clock): Signer {
  const offset = makeClockOffset(key)
  const sign = (request: Signable): string =>
    signRequest({ sid, key, ...request, now: clock.now() + offset.ms() })

  return {
    offsetMs: offset.ms,
    async signed(request, send) {
      const authorization = sign(request)
      try {
        return await send(authorization)
      } catch (error) {
        if (!isChatError(error, 'token_stale')) throw error
        if (!offset.learn(error, nonceOf(authorization), clock.now())) throw unproved(error)
      }
      try {
        return await send(sign(request))
      } catch (error) {
        throw isChatError(error, 'token_stale') ? clockOff(error, offset.ms()) : error
      }
    },
  }
}

/** `Bearer scv1.<sid>.<ts>.<nonce>.…` */
function nonceOf(authorization: string): string {
  return authorization.split('.')[3] ?? ''
}

function unproved(cause: ChatError): ChatError {
  return new ChatError(
    'bad_answer',
    'The answer says that the clock of this computer is wrong, but does not prove that it comes from the server, so it is not believed. Check the clock, and the network between here and the server.',
    { cause },
  )
}

function clockOff(cause: ChatError, offsetMs: number): ChatError {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000)
  const way = offsetMs > 0 ? 'behind' : 'ahead of'
  return new ChatError(
    'clock_off',
    `The clock of this computer is about ${minutes} minutes ${way} the server's and does not hold still, so the server refuses its calls. Set the clock (for instance: timedatectl set-ntp true).`,
    { cause },
  )
}
