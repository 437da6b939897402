export type { Api, CallInput, CallOptions, Endpoint, RawAnswer } from './api/api.ts'
export type { StreamEvent } from './api/event-stream.ts'
export { type Clock, systemClock } from './clock.ts'
export { openVault, type SealedColumn, type Vault, vaultExists } from './vault/vault.ts'
