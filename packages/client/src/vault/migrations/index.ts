import { firstTables } from './0001-first-tables.ts'
import { messaging } from './0002-messaging.ts'
import { takenBack } from './0003-taken-back.ts'
import type { Migration } from './migration.ts'

/** All steps in order; append here. */
export const migrations: readonly Migration[] = [firstTables, messaging, takenBack]
