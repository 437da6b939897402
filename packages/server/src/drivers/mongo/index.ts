export { openMongoDatabase } from './database/open-database.ts'
