export { backupSqlite } from './backup.ts'
export { openSqliteDatabase } from './database/open-database.ts'
export { holdsSqliteData } from './holds-data.ts'
export { openSqliteQueue } from './queue/open-queue.ts'
