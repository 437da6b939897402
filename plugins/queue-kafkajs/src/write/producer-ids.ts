import type { Brokers } from '../kafka/cluster.ts'

/** Under it a broker tells a batch that comes again from a new one. */
export interface ProducerId {
  readonly id: number
  readonly epoch: number
}

export interface ProducerIds {
  /** The same for everybody, until it is given up. */
  current(): Promise<ProducerId>
  /** A batch under this id has an unknown end: nobody begins with it any more. Another one is harmless. */
  giveUp(id: ProducerId | undefined): void
}

const transactionTimeout = 60_000

export function makeProducerIds(brokers: Brokers): ProducerIds {
  let asked: Promise<ProducerId> | undefined
  let present: ProducerId | undefined

  async function ask(): Promise<ProducerId> {
    const broker = await brokers.any()
    const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout })
    present = { id: Number(producerId), epoch: producerEpoch }
    return present
  }

  return {
    current() {
      if (asked !== undefined) return asked
      const asking = ask()
      asked = asking
      asking.catch(() => {
        if (asked === asking) asked = undefined
      })
      return asking
    },
    giveUp(id) {
      if (id === undefined || id !== present) return
      present = undefined
      asked = undefined
    },
  }
}
