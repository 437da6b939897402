export {
  type DatabaseUnderTest,
  databaseDriverConformance,
  type OpenDatabase,
} from './drivers/database-driver-conformance.ts'
export {
  type OpenQueue,
  type QueueUnderTest,
  queueDriverConformance,
} from './drivers/queue-driver-conformance.ts'
export * as queueKit from './drivers/queue-rules/kit.ts'
export * as databaseKit from './drivers/user-rules/kit.ts'
export * from './hostile-envelopes.ts'
