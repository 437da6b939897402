/** The ports that drivers fill. The contract tells their shapes, because third parties write drivers too. */
export type * from '@secure-chat/plugin-sdk/server'
export type { Clock } from './clock.ts'
export { type Log, silentLog } from './log.ts'
