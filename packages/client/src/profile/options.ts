import type { ProxyEnv, Timeouts, Transport } from '../api/transport.ts'
import type { Clock } from '../clock.ts'

/** Where a profile lives and how it reaches its server. Nothing here is read from the environment. */
export type ProfileOptions = {
  /** The profile's data folder (0700, made when missing). */
  dir: string
  /** Its name, for people; the folder's name when left out. */
  profile?: string | undefined
  /** Where the vault key is kept from sign-in to sign-out, e.g. `$XDG_RUNTIME_DIR/secure-chat`. */
  runtimeDir?: string | undefined
  /** Needed for registration and the first sign-in; later the profile's own is meant. */
  server?: string | undefined
  /** Plain http to other computers. */
  allowPlaintext?: boolean | undefined
  clock?: Clock | undefined
  timeouts?: Timeouts | undefined
  proxyEnv?: ProxyEnv | undefined
  userAgent?: string | undefined
  /** For tests: how bytes reach the server. */
  transport?: Transport | undefined
  /** For tests: bits of new RSA keys; 3,072 when left out. */
  keyBits?: number | undefined
  /** Told what happened, without secrets: `{ event, … }`. */
  log?: ((event: { event: string; [member: string]: unknown }) => void) | undefined
}
