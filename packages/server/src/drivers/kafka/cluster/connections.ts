import { isIP } from 'node:net'
import { Connection } from '@platformatic/kafka'
import { brokerFailure } from '../failure.ts'
import type { KafkaAccess } from '../options.ts'

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/**
 * What a connection is for. A broker answers one call of a connection after the other, so a tail that waits for news
 * must not stand before a write or a read, nor before the copying of what it waits for.
 */
export type Use = 'control' | 'produce' | 'read' | 'tail' | 'copy'

/** Ends with `done`, once. */
export type BrokerCall<T> = (
  connection: Connection,
  done: (error: Error | null, answer?: T) => void,
) => void

export interface Connections {
  /**
   * The call's answer, also one that holds error codes.
   * @throws BrokerFailure when there is none
   */
  call<T>(address: BrokerAddress, use: Use, call: BrokerCall<T>): Promise<T>
  /** Cuts all: what is under way fails. */
  close(): void
}

/** Opening takes in TLS and sign-in. */
const connectMs = 3500
/** An answer later than this is none. A tail is allowed its wait on top. */
const answerMs: Readonly<Record<Use, number>> = {
  control: 3000,
  produce: 4000,
  read: 2500,
  tail: 4000,
  copy: 4000,
}
const most: Readonly<Record<Use, number>> = { control: 1, produce: 1, read: 4, tail: 1, copy: 1 }
/** After a failed attempt others fail with it for this long, so that a thousand callers make no thousand attempts. */
const restMs = 200

type Slot = {
  readonly connection: Connection
  /** Resolves when it may be used. */
  readonly opened: Promise<void>
  underWay: number
}
type Pool = {
  readonly slots: Set<Slot>
  failure: { readonly at: number; readonly error: Error } | undefined
}

/** Connections by broker and use, opened when needed and again when lost. */
export function makeConnections(access: KafkaAccess): Connections {
  const pools = new Map<string, Pool>()
  let isClosed = false

  function poolOf({ host, port }: BrokerAddress, use: Use): Pool {
    const name = `${host}:${port}/${use}`
    const found = pools.get(name)
    if (found !== undefined) return found
    const pool: Pool = { slots: new Set(), failure: undefined }
    pools.set(name, pool)
    return pool
  }

  /** One that has nothing to do, else a new one, else the one with the least. */
  function slotOf(pool: Pool, address: BrokerAddress, use: Use): Slot {
    let best: Slot | undefined
    for (const slot of pool.slots) {
      if (best === undefined || slot.underWay < best.underWay) best = slot
    }
    if (best !== undefined && (best.underWay === 0 || pool.slots.size >= most[use])) return best
    const { failure } = pool
    if (failure !== undefined && performance.now() - failure.at < restMs) throw failure.error
    return open(pool, address, use)
  }

  function open(pool: Pool, { host, port }: BrokerAddress, use: Use): Slot {
    const connection = new Connection('secure-chat', {
      connectTimeout: connectMs,
      requestTimeout: answerMs[use],
      ...securityOf(access, host),
    })
    const { promise: opened, resolve, reject } = Promise.withResolvers<void>()
    const slot: Slot = { connection, opened, underWay: 0 }
    pool.slots.add(slot)
    const drop = () => pool.slots.delete(slot)
    // Always listened to: an `error` that nobody hears would end the process.
    connection.on('error', drop)
    connection.on('close', drop)
    connection.connect(host, port, (error) => {
      if (error === null || error === undefined) {
        pool.failure = undefined
        resolve()
        return
      }
      drop()
      cut(connection)
      pool.failure = { at: performance.now(), error }
      reject(error)
    })
    opened.catch(() => undefined)
    return slot
  }

  async function takeSlot(address: BrokerAddress, use: Use): Promise<Slot> {
    if (isClosed) throw brokerFailure(false, new Error('the client is closed'))
    try {
      const slot = slotOf(poolOf(address, use), address, use)
      slot.underWay += 1
      await slot.opened
      return slot
    } catch (error) {
      throw brokerFailure(false, error)
    }
  }

  return {
    async call<T>(address: BrokerAddress, use: Use, call: BrokerCall<T>): Promise<T> {
      const slot = await takeSlot(address, use)
      try {
        return await answerOf(slot.connection, call)
      } finally {
        slot.underWay -= 1
      }
    },
    close() {
      isClosed = true
      for (const pool of pools.values()) {
        for (const { connection } of pool.slots) cut(connection)
        pool.slots.clear()
      }
    },
  }
}

function answerOf<T>(connection: Connection, call: BrokerCall<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    call(connection, (error, answer) => {
      if (error === null || error === undefined) resolve(answer as T)
      // The client throws an answer that holds an error code; it is an answer all the same.
      else if ('response' in error) resolve(error.response as T)
      else reject(brokerFailure(true, error))
    })
  })
}

/** At once: a broker that is stopped would never take the rest. */
function cut(connection: Connection): void {
  connection.close(() => undefined)
  connection.socket?.destroy()
}

function securityOf({ tls, sasl }: KafkaAccess, host: string): object {
  return {
    ...(tls && { tls: { ...tls, minVersion: 'TLSv1.2' } }),
    // An address is no server name (RFC 6066, section 3); the certificate is checked against it all the same.
    ...(tls && isIP(host) === 0 && { tlsServerName: host }),
    ...(sasl && { sasl }),
  }
}
