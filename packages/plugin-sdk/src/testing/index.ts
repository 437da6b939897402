export type { CliTesting, ScriptedPeer, ShownLine, StartedChat } from './cli/cli-testing.ts'
export { type CliHalf, testCliPlugin } from './cli/test-cli-plugin.ts'
export { type ConformanceOptions, conformance } from './conformance/conformance.ts'
export { ConformanceError } from './conformance/findings.ts'
export { databaseDriverConformance } from './drivers/database-driver-conformance.ts'
export type { DatabaseUnderTest, OpenDatabase } from './drivers/database-under-test.ts'
export { queueDriverConformance } from './drivers/queue-driver-conformance.ts'
export * as queueKit from './drivers/queue-rules/kit.ts'
export type { OpenQueue, QueueUnderTest } from './drivers/queue-under-test.ts'
export * as databaseKit from './drivers/user-rules/kit.ts'
export * from './hostile-envelopes.ts'
export type {
  ServerPluginStatus,
  ServerTesting,
  StartedServer,
  VirtualClock,
} from './server/server-testing.ts'
export {
  type ReceivedRecord,
  type SendOutcome,
  type ServerPluginTest,
  type TestServerPluginOptions,
  testServerPlugin,
} from './server/test-server-plugin.ts'
export type { TestAnswer } from './server/test-user.ts'
