export { backupSqlite } from './backup.ts'
export { openSqliteDatabase } from './database/open-database.ts'
export { openSqliteQueue } from './queue/open-queue.ts'
