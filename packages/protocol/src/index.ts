export { fitsUtf8, fromBase64Url, toBase64Url } from './bytes.ts'
export { type Cursor, parseCursor } from './cursor.ts'
export {
  type Answer,
  type Body,
  type BodyInput,
  commonErrors,
  type Endpoint,
  endpoints,
  type Method,
  type Params,
  type ParamsInput,
  type Query,
  type QueryInput,
  type Topic,
} from './endpoints/index.ts'
export {
  ChatError,
  type ChatErrorOptions,
  type ErrorCode,
  errorTable,
  type FieldError,
  fromProblem,
  isChatError,
  isErrorCode,
  type Problem,
  toProblem,
} from './errors/index.ts'
export { readExchangeHeader } from './exchange-header.ts'
export type { PresenceState } from './fields.ts'
export { parseJson } from './json.ts'
export {
  type KeyChangePayload,
  type KeyChangeProof,
  verifyKeyChangeProof,
} from './key-change-proof.ts'
export { limits } from './limits.ts'
export { openApiDocument } from './openapi.ts'
export { type InputPart, parseInput } from './parse-input.ts'
export { printable } from './printable.ts'
export { type Fingerprint, fingerprintOf, type PublicKey, parsePublicKey } from './public-key.ts'
export {
  parseSystemEvent,
  type QueueRecord,
  queueRecordSchema,
  type SystemEvent,
  systemEventSchema,
} from './records.ts'
export { formatSessionKey, parseSessionKey, sessionIdOf } from './session-key.ts'
export {
  bodyHash,
  nowProof,
  type Proof,
  type ProofInput,
  parseProof,
  proofMac,
  signRequest,
} from './session-proof.ts'
export { presenceSchema, type StreamEvent, streamEventSchema } from './stream-events.ts'
export { parseUserName, reservedNames, type UserName } from './user-name.ts'
