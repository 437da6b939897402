export type { KeyMaterial } from './chain.ts'
export { type Conversation, conversationOf } from './conversation.ts'
export {
  generateIdentity,
  type Identity,
  identityFromPkcs8,
  identityToPkcs8,
  type PeerKey,
  peerKeyOf,
} from './identity.ts'
export { exportIdentity, importIdentity } from './identity-files.ts'
export { signKeyChange } from './key-change.ts'
export { openExchange, sealExchange } from './key-exchange.ts'
export { type MessageBody, plaintextMaxBytes, readMessageHeader } from './message.ts'
export { type MessageContent, readContent } from './message-kinds.ts'
export type { RandomBytes } from './random.ts'
export {
  missingNumbers,
  type Notice,
  type OpenedNumber,
  openMessage,
  type ReceivingChain,
  type SkippedKey,
} from './receiving.ts'
export { formatSafetyNumber, safetyNumber } from './safety-number.ts'
export { isWornOut, type SendingChain, sealMessage } from './sending.ts'
export { openSessionKey } from './session-key-opening.ts'
export { followKeyChanges, type PublicKeyChange } from './trust.ts'
export { isDowngrade, negotiateVersion, spokenVersions } from './versions.ts'
