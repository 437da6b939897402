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
export type { ChangePasswordInput } from './profile/account-changes.ts'
export { exportProfileKey } from './profile/export-key.ts'
export type { ImportKeyInput, KeyImported, KeyStanding } from './profile/import-key.ts'
export {
  changePassword,
  importProfileKey,
  registerAccount,
  removeAccount,
  replaceKey,
  signIn,
  signOut,
} from './profile/on-demand.ts'
export { openProfile, type Profile } from './profile/open-profile.ts'
export type { ProfileOptions } from './profile/options.ts'
export type { Registered, RegisterInput } from './profile/register.ts'
export type { KeyReplaced } from './profile/replace-key.ts'
export type { SignedIn, SignInInput } from './profile/sign-in.ts'
export type { SignedOut, SignOutInput } from './profile/sign-out.ts'
export { type ProfileState, profileState, readWhoami, type Whoami } from './profile/state.ts'
export { wipeProfile } from './profile/wipe.ts'
export type { Synced } from './sync/sync-mailbox.ts'
export type { ContactEntry, ContactKey, Rotated, Trust as AccountTrust } from './trust/trust.ts'
export { openVault, type SealedColumn, type Vault, vaultExists } from './vault/vault.ts'
