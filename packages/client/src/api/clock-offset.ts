import { timingSafeEqual } from 'node:crypto'
import { type ChatError, nowProof } from '@secure-chat/protocol'

/** How far the server's clock is from ours, learnt only from who holds the session's key. */
export type ClockOffset = {
  /** ms to add to the local time */
  ms(): number
  /**
   * Corrects the offset by a `token_stale` answer to the request with this nonce.
   * @returns false when the time in it is not proved (then nothing changes)
   */
  learn(answer: ChatError, nonce: string, localNow: number): boolean
}

/** @param key the session's key K */
export function makeClockOffset(key: Uint8Array, initialMs = 0): ClockOffset {
  let offsetMs = initialMs
  return {
    ms: () => offsetMs,
    learn(answer, nonce, localNow) {
      const { now, now_proof: proof } = answer.members
      if (typeof now !== 'number' || !Number.isSafeInteger(now) || typeof proof !== 'string') {
        return false
      }
      const wanted = Buffer.from(nowProof(key, nonce, now))
      const given = Buffer.from(proof)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false
      offsetMs = now - localNow
      return true
    },
  }
}
