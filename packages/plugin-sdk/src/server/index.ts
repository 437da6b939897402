export type * from './database-transfer.ts'
export type * from './message-queue.ts'
export type * from './user-database.ts'
