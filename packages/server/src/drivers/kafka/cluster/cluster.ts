import { metadataV12 } from '@platformatic/kafka'
import type { Log } from '../../../ports/index.ts'
import { brokerFailure, isBrokerFailure, reasonsOf } from '../failure.ts'
import type { KafkaAccess } from '../options.ts'
import { type BrokerAddress, type BrokerCall, makeConnections, type Use } from './connections.ts'

/** Which broker a call is for: one by its number, the controller, or any that answers. */
export type Target = number | 'controller' | 'any'

export interface Cluster {
  /** @throws BrokerFailure when no broker that may answer does */
  call<T>(target: Target, use: Use, call: BrokerCall<T>): Promise<T>
  /** Asks for topics by name, and takes in who the brokers are. */
  metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse>
  close(): void
}

/** The brokers as they are known now, and calls to them. It knows nothing of what the topics are for. */
export function makeCluster({
  access,
  log,
}: {
  readonly access: KafkaAccess
  readonly log: Log
}): Cluster {
  const connections = makeConnections(access)
  const brokers = new Map<number, BrokerAddress>()
  let controllerId = -1
  /** When a broker gave no answer, by its name: it is asked last until it gives one. */
  const failures = new Map<string, number>()
  let isSilent = false

  /** Every address once, those that answer first. */
  function candidates(): BrokerAddress[] {
    const all = [...brokers.values(), ...access.brokers]
    const byName = new Map(all.map((each) => [nameOf(each), each]))
    const failedAt = (each: BrokerAddress) => failures.get(nameOf(each)) ?? 0
    return [...byName.values()].sort((a, b) => failedAt(a) - failedAt(b))
  }

  /** Of the brokers beside `except`, the first that answers. */
  async function callAny<T>(use: Use, call: BrokerCall<T>, except?: BrokerAddress): Promise<T> {
    let failure: unknown = brokerFailure(false, new Error('no broker is known'))
    for (const address of candidates()) {
      if (except !== undefined && nameOf(address) === nameOf(except)) continue
      try {
        const answer = await connections.call(address, use, call)
        failures.delete(nameOf(address))
        if (isSilent) log.info({ broker: nameOf(address) }, 'Kafka answers again')
        isSilent = false
        return answer
      } catch (error) {
        if (!isBrokerFailure(error)) throw error
        failures.set(nameOf(address), performance.now())
        failure = error
      }
    }
    // Once for each time that no broker answers: callers try again and again.
    if (!isSilent) log.warn({ reason: reasonsOf(failure) }, 'no broker of Kafka answers')
    isSilent = true
    throw failure
  }

  /** What only the controller does, any broker passes on to it (KRaft); what is asked so may be asked twice. */
  async function callController<T>(use: Use, call: BrokerCall<T>): Promise<T> {
    if (controllerId === -1) await metadata([])
    const address = await addressOf(controllerId)
    try {
      return await connections.call(address, use, call)
    } catch (error) {
      controllerId = -1
      const hasOthers = candidates().some((each) => nameOf(each) !== nameOf(address))
      if (!isBrokerFailure(error) || !hasOthers) throw error
      return callAny(use, call, address)
    }
  }

  async function addressOf(target: number): Promise<BrokerAddress> {
    if (!brokers.has(target)) await metadata([])
    const address = brokers.get(target)
    if (address === undefined) throw brokerFailure(false, new Error(`broker ${target} is unknown`))
    return address
  }

  async function metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse> {
    const answer = await callAny<metadataV12.MetadataResponse>('control', (connection, done) =>
      metadataV12.api(connection, [...topics], false, false, done),
    )
    brokers.clear()
    for (const { nodeId, host, port } of answer.brokers) brokers.set(nodeId, { host, port })
    controllerId = answer.controllerId
    return answer
  }

  return {
    async call(target, use, call) {
      if (target === 'any') return callAny(use, call)
      if (target === 'controller') return callController(use, call)
      return connections.call(await addressOf(target), use, call)
    },
    metadata,
    close: connections.close,
  }
}

function nameOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`
}
