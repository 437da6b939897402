import { createHash } from 'node:crypto'
import type { UserName } from '@secure-chat/protocol'
import type { TopicInfo } from '../kafka/cluster/metadata.ts'
import type { MailboxIdentity } from '../kafka/mailbox/following.ts'
import { tagBytes } from '../mailbox-cursor.ts'
import type { Floor } from './floors.ts'

/** The records of one user in a lane, since the last removal. */
export interface Mailbox extends MailboxIdentity {
  readonly user: UserName
  readonly topic: TopicInfo
  readonly lane: number
  readonly floor: Floor
}

/** Made again after a removal, it is another one: its cursors have another tag. */
export function mailboxOf(user: UserName, lane: number, topic: TopicInfo, floor: Floor): Mailbox {
  const id = String(floor.removedBefore)
  const tag = createHash('sha256')
    .update(`${topic.id} ${user} ${id}`)
    .digest()
    .subarray(0, tagBytes)
  return { user, id, tag, topic, lane, floor }
}
