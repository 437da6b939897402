export { type Identity, importIdentity } from '@secure-chat/e2ee'
export { type Account, type AccountKeys, type ExportLine, openAccount } from './account.ts'
export type { Api, CallInput, CallOptions, RawAnswer, RawRequest } from './api/api.ts'
export type { StreamEvent } from './api/event-stream.ts'
export { type ApiOptions, makeApi } from './api/make-api.ts'
export { isLoopback, parseServerUrl } from './api/server-url.ts'
export type { SessionSecrets } from './api/sign.ts'
export { defaultTimeouts, type ProxyEnv, type Timeouts, type Transport } from './api/transport.ts'
export { type Clock, systemClock } from './clock.ts'
export type { SettingName, Settings } from './messaging/settings.ts'
export type {
  ChatRow,
  Draft,
  LiveEvent,
  MessageQuery,
  MessageState,
  SentMessage,
  StoredMessage,
  Trust,
} from './messaging/types.ts'
export type { Outbox, OutboxItem } from './outbox/outbox.ts'
export {
  type ChangePasswordInput,
  changePassword,
  removeAccount,
} from './profile/account-changes.ts'
export {
  exportProfileKey,
  type ImportKeyInput,
  importProfileKey,
} from './profile/identity-files.ts'
export { openProfile, type Profile } from './profile/open-profile.ts'
export type { ProfileOptions } from './profile/options.ts'
export { type Registered, type RegisterInput, registerAccount } from './profile/register.ts'
export { type KeyReplaced, replaceKey } from './profile/replace-key.ts'
export { type SignedIn, type SignInInput, signIn } from './profile/sign-in.ts'
export { type SignedOut, type SignOutInput, signOut } from './profile/sign-out.ts'
export { type ProfileState, profileState, readWhoami, type Whoami } from './profile/state.ts'
export { wipeProfile } from './profile/wipe.ts'
export type { Synced } from './sync/sync-mailbox.ts'
export type { ContactEntry, ContactKey, Trust as AccountTrust } from './trust/trust.ts'
export { openVault, type SealedColumn, type Vault, vaultExists } from './vault/vault.ts'
