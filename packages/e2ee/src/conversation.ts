import { openExchange, sealExchange } from './key-exchange.ts'
import { readMessageHeader } from './message.ts'
import { openMessage } from './receiving.ts'
import { isWornOut, sealMessage } from './sending.ts'

/**
 * One version of the end-to-end protocol. A client keeps `v` beside each chain it stores and asks
 * `conversationOf` for the code that goes with it, so that a version 2 comes in beside version 1.
 */
export type Conversation = {
  readonly v: number
  readonly sealExchange: typeof sealExchange
  readonly openExchange: typeof openExchange
  readonly sealMessage: typeof sealMessage
  readonly openMessage: typeof openMessage
  readonly readMessageHeader: typeof readMessageHeader
  readonly isWornOut: typeof isWornOut
}

const version1: Conversation = {
  v: 1,
  sealExchange,
  openExchange,
  sealMessage,
  openMessage,
  readMessageHeader,
  isWornOut,
}

/** The conversation of a version, undefined for one this package does not speak. */
export function conversationOf(v: number): Conversation | undefined {
  return v === version1.v ? version1 : undefined
}
