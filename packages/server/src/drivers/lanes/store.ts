import type { Connection, mongo } from 'mongoose'
import { unavailable } from '../kafka/failure.ts'
import { connectMongo } from '../mongo/connect.ts'

/** One record of one mailbox. */
export interface RecordDocument {
  /** See `recordId`. */
  readonly _id: string
  /** The value of the record in the lane, byte by byte. */
  readonly record: Buffer
  readonly expires_at: Date
}

/** What of a mailbox is gone. Made when the first of it goes. */
interface FloorDocument {
  /** The user. */
  readonly _id: string
  /** Records before it belong to a mailbox that was removed. */
  readonly removed_before?: number
  /** Records before it were taken by retention, the one right before it among them. */
  readonly expired_before?: number
  /** Documents before it are still to be deleted. */
  readonly clear_before?: number
}

interface LaneDocument {
  /** The lane. */
  readonly _id: number
  /** Of the topic that its offsets belong to. */
  readonly topic_id: string
  /** Every record before it is in the collection of records. */
  readonly written: number
}

interface NodeDocument {
  readonly _id: string
  /** Counts on for as long as the node lives. */
  readonly beat: number
}

/** The collections of this layout. Native ones: a thousand records a batch pass through here, as bytes. */
export interface LaneStore {
  readonly records: mongo.Collection<RecordDocument>
  readonly floors: mongo.Collection<FloorDocument>
  readonly lanes: mongo.Collection<LaneDocument>
  readonly nodes: mongo.Collection<NodeDocument>
  ping(): Promise<void>
  close(): Promise<void>
}

/** @throws ChatError `config_invalid`, `database_unavailable` */
export async function openLaneStore(
  url: string,
  connect: typeof connectMongo = connectMongo,
): Promise<LaneStore> {
  // Making an index of a large collection takes longer than any answer may.
  const preparing = await connect(url, { socketTimeoutMS: 0, maxPoolSize: 1 })
  try {
    const { records, floors } = collectionsOf(preparing)
    await records.createIndex({ expires_at: 1 })
    await floors.createIndex({ clear_before: 1 }, { sparse: true })
  } finally {
    await preparing.close(true)
  }
  const connection = await connect(url)
  return {
    ...collectionsOf(connection),
    async ping() {
      await databaseOf(connection).command({ ping: 1 })
    },
    close: () => connection.close(true),
  }
}

function collectionsOf(connection: Connection) {
  const database = databaseOf(connection)
  return {
    records: database.collection<RecordDocument>('mailboxes'),
    floors: database.collection<FloorDocument>('mailbox_floors'),
    lanes: database.collection<LaneDocument>('mailbox_lanes'),
    nodes: database.collection<NodeDocument>('mailbox_nodes'),
  }
}

function databaseOf({ db }: Connection): mongo.Db {
  if (db === undefined) throw unavailable('its connection to MongoDB is closed')
  return db
}
