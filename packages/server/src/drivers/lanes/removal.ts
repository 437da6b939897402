import type { UserName } from '@secure-chat/protocol'
import type { Clock } from '../../ports/index.ts'
import { unavailable } from '../kafka/failure.ts'
import type { Producer } from '../kafka/produce/producer.ts'
import type { ReadPartition } from '../kafka/read/read-partition.ts'
import type { Floors } from './floors.ts'
import type { Lanes } from './lanes.ts'
import type { OwnRecords } from './own-records.ts'

/** Removes a mailbox. Answers the offset in the lane that does so: what lies before it is gone. */
export type RemoveMailbox = (user: UserName) => Promise<number>

const fetchBytes = 1024 * 1024

/**
 * A record without a value, so that a removal has its place in the order of the lane like every message: whoever copies
 * the lane raises the floor when it comes to it. It is raised here as well, so nothing of the mailbox is seen from the
 * moment this resolves, however far the lane is copied.
 */
export function makeRemoveMailbox(o: {
  readonly lanes: Lanes
  readonly producer: Producer
  readonly ownRecords: OwnRecords
  readonly readPartition: ReadPartition
  readonly floors: Floors
  readonly clock: Pick<Clock, 'now'>
}): RemoveMailbox {
  const { lanes } = o

  async function findRemoval(user: string, lane: number, from: number): Promise<number> {
    const topic = await lanes.topic()
    const end = await o.ownRecords.end(lane)
    let found: number | undefined
    for (let at = from; at < end; ) {
      const outcome = await o.readPartition({
        topic,
        partition: lane,
        offset: at,
        maxBytes: fetchBytes,
      })
      if (outcome.kind !== 'slice') throw unavailable('its lane changes while it is read')
      for (const { offset, key, value } of outcome.records) {
        if (value === null && key?.toString() === user) found = offset
      }
      at = outcome.next
    }
    if (found === undefined) throw unavailable('its removal is not in the lane')
    return found
  }

  return async (user) => {
    const lane = lanes.of(user)
    const from = await o.ownRecords.end(lane)
    await o.producer.add([
      {
        topic: lanes.topicName,
        partition: lane,
        key: user,
        value: null,
        valueBytes: 0,
        timestamp: o.clock.now(),
      },
    ])
    const offset = await findRemoval(user, lane, from)
    await o.floors.remove(new Map([[user, offset + 1]]))
    return offset
  }
}
