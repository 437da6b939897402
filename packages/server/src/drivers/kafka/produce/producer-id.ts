import { initProducerIdV4 } from '@platformatic/kafka'
import type { Cluster } from '../cluster/cluster.ts'
import { refused, unavailable } from '../failure.ts'
import { kafkaError } from '../wire/error-codes.ts'

/** The number under which brokers know this process; asked for once. */
export interface ProducerId {
  known(): bigint | undefined
  /** Asks unless it is known. @throws BrokerFailure, or an error that names the missing right */
  obtain(): Promise<bigint>
  /** The next `obtain` brings another. */
  drop(): void
}

export function makeProducerId(cluster: Cluster): ProducerId {
  let id: bigint | undefined
  let asking: Promise<bigint> | undefined

  async function ask(): Promise<bigint> {
    const answer = await cluster.call<initProducerIdV4.InitProducerIdResponse>(
      'any',
      'control',
      (connection, done) => initProducerIdV4.api(connection, null, 60_000, -1n, -1, done),
    )
    if (answer.errorCode === kafkaError.clusterAuthorizationFailed) {
      throw refused('a producer id', answer.errorCode)
    }
    // Mostly a broker that has just begun and does not know its block of numbers yet.
    if (answer.errorCode !== kafkaError.none) {
      throw unavailable(`a broker gave out no producer id (code ${answer.errorCode})`)
    }
    id = answer.producerId
    return answer.producerId
  }

  return {
    known: () => id,
    obtain() {
      if (id !== undefined) return Promise.resolve(id)
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
    drop() {
      id = undefined
    },
  }
}
