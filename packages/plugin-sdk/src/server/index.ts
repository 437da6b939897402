// What drivers are made of: the errors that a port promises, and the shapes that it names.
export {
  ChatError,
  type ChatErrorOptions,
  type Cursor,
  type ErrorCode,
  isChatError,
  type QueueRecord,
  queueRecordSchema,
  type UserName,
} from '@secure-chat/protocol'
export { z } from 'zod'
export type { Band } from '../band.ts'
export type * from './call.ts'
export type * from './contributions.ts'
export type * from './database-rows.ts'
export type * from './database-transfer.ts'
export * from './define-server-plugin.ts'
export type * from './envelope.ts'
export type * from './message-queue.ts'
export type * from './plugin-entry.ts'
export type * from './presence-provider.ts'
export type * from './server-context.ts'
export type * from './server-plugin.ts'
export type * from './signed-in-user.ts'
export type * from './user-database.ts'
