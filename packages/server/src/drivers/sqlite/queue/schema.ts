import type { Schema } from '../migrate.ts'
import { queueMailboxes } from '../migrations/queue-0001-mailboxes.ts'

/** The file of all mailboxes. The application id spells "SCQu". */
export const queueSchema: Schema = {
  fileName: 'queue.sqlite',
  applicationId: 0x53435175,
  migrations: [queueMailboxes],
}
