export type { Api, CallInput, CallOptions, Endpoint, RawAnswer, StreamEvent } from './api/api.ts'
export { openVault, type SealedColumn, type Vault, vaultExists } from './vault/vault.ts'
