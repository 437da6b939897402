import type { Cursor, UserName } from '@secure-chat/plugin-sdk/server'
import type { Metadata, TopicInfo } from '../topics/metadata.ts'
import type { Topics } from '../topics/topics.ts'
import { badCursor, offsetIn } from './cursor.ts'

/** A mailbox is a topic of one partition, named as the server's own driver names it. */
export function topicOf(user: UserName): string {
  return `user_queue_${user}`
}

export interface Mailboxes {
  /** The topic and the offset that a cursor means; without one, the first. A missing topic is made. */
  place(
    user: UserName,
    after: Cursor | undefined,
  ): Promise<{ readonly topic: TopicInfo; readonly offset: number }>
}

export function makeMailboxes(o: {
  readonly topics: Topics
  readonly metadata: Metadata
}): Mailboxes {
  return {
    async place(user, after) {
      const topic = await o.topics.ensure(topicOf(user))
      if (after === undefined) return { topic, offset: 0 }
      const offset = offsetIn(topic.id, after)
      if (offset !== undefined) return { topic, offset }
      // Another node may have made the topic anew since this one looked.
      o.metadata.forget(topicOf(user))
      const present = await o.topics.ensure(topicOf(user))
      const found = offsetIn(present.id, after)
      if (found === undefined) throw badCursor()
      return { topic: present, offset: found }
    },
  }
}
