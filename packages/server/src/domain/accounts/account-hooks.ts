import type { UserName } from '@secure-chat/protocol'

/**
 * The place of plugins beside accounts and sessions. `registering` may refuse; the others only tell, never throw and
 * never make anybody wait.
 */
export interface AccountHooks {
  /** Undefined: nobody wants to know. @throws ChatError `rejected_by_plugin` (member `reason`), `plugin_failed` */
  registering(
    user: { readonly name: UserName; readonly fingerprint: string },
    requestId: string,
  ): Promise<void> | undefined
  registered(name: UserName, requestId: string): void
  removed(name: UserName): void
  signedIn(
    session: { readonly name: UserName; readonly sessionId: string },
    requestId: string,
  ): void
  signedOut(session: { readonly name: UserName; readonly sessionId: string }): void
}

/** No plugins. */
export const noAccountHooks: AccountHooks = {
  registering: () => undefined,
  registered: () => undefined,
  removed: () => undefined,
  signedIn: () => undefined,
  signedOut: () => undefined,
}
