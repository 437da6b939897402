import { type Cursor, isChatError, type UserName } from '@secure-chat/protocol'
import { formatCursor, parseCursorOf, tagBytes } from '../../mailbox-cursor.ts'
import type { Metadata, TopicInfo } from '../cluster/metadata.ts'
import type { Topics } from '../cluster/topics.ts'

/** A mailbox of this layout is a topic of one partition. */
export const onlyPartition = 0

export function topicOf(user: UserName): string {
  return `user_queue_${user}`
}

export interface Mailbox {
  readonly user: UserName
  /** Of the topic. */
  readonly id: string
  readonly topic: TopicInfo
  /** Of its cursors: those of another topic, or of one made again under this name, are none of this mailbox. */
  readonly tag: Uint8Array
}

export interface Mailboxes {
  /** Found, or made on the way: registered on another engine, or deleted by hand. */
  obtain(user: UserName): Promise<Mailbox>
  /** The same with a look at the cluster, after something told that memory is wrong. */
  obtainAgain(user: UserName): Promise<Mailbox>
  /** From memory. */
  known(user: UserName): Mailbox | undefined
  /** From the cluster, without making one. */
  find(user: UserName): Promise<Mailbox | undefined>
  /**
   * The mailbox and the offset that a cursor of it means.
   * @throws ChatError `bad_cursor` when the cluster confirms that it has no such mailbox
   */
  place(user: UserName, cursor: Cursor): Promise<{ mailbox: Mailbox; offset: number }>
}

export function makeMailboxes(o: {
  readonly topics: Topics
  readonly metadata: Metadata
}): Mailboxes {
  const { topics, metadata } = o

  async function obtain(user: UserName): Promise<Mailbox> {
    return mailboxOf(user, await topics.ensure(topicOf(user)))
  }

  async function obtainAgain(user: UserName): Promise<Mailbox> {
    metadata.forget(topicOf(user))
    return obtain(user)
  }

  return {
    obtain,
    obtainAgain,
    known(user) {
      const topic = metadata.known(topicOf(user))
      return topic && mailboxOf(user, topic)
    },
    async find(user) {
      const topic = await metadata.refresh(topicOf(user))
      return topic && mailboxOf(user, topic)
    },
    async place(user, cursor) {
      const mailbox = await obtain(user)
      try {
        return { mailbox, offset: parseCursorOf(mailbox.tag, cursor) }
      } catch (error) {
        if (!isChatError(error, 'bad_cursor')) throw error
        // Another node may have made the topic anew since this one looked.
        const present = await obtainAgain(user)
        return { mailbox: present, offset: parseCursorOf(present.tag, cursor) }
      }
    },
  }
}

function mailboxOf(user: UserName, topic: TopicInfo): Mailbox {
  return { user, id: topic.id, topic, tag: Buffer.from(topic.id, 'hex').subarray(0, tagBytes) }
}

/** Behind everything before `offset`. */
export function cursorAt({ tag }: Mailbox, offset: number): Cursor {
  return formatCursor(tag, offset)
}
