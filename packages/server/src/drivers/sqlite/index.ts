export { openSqliteQueue } from './queue/open-queue.ts'
