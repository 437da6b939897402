import { changeKey, changePassword, login, recover, register, removeAccount } from './accounts.ts'
import { keyExchange, readMessages, sendMessage, stream } from './messages.ts'
import { docs, livez, openapi, readyz, wellKnown } from './server.ts'
import { listSessions, logout, revokeSession } from './sessions.ts'
import { block, getPublicKey, listBlocks, listUsers, setPresence, unblock } from './users.ts'

export type {
  Answer,
  Body,
  BodyInput,
  Endpoint,
  Method,
  Params,
  ParamsInput,
  Query,
  QueryInput,
  Topic,
} from './endpoint.ts'
export { commonErrors } from './endpoint.ts'

/** The one table of the API. Validation, types, OpenAPI and docs come from it. */
export const endpoints = {
  register,
  login,
  logout,
  listUsers,
  setPresence,
  getPublicKey,
  keyExchange,
  readMessages,
  sendMessage,
  stream,
  listSessions,
  revokeSession,
  changePassword,
  changeKey,
  recover,
  removeAccount,
  listBlocks,
  block,
  unblock,
  wellKnown,
  livez,
  readyz,
  openapi,
  docs,
} as const
