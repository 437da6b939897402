/**
 * What changes an account, loaded when it is called: each module costs a command a quarter of a millisecond at its
 * start, and the commands that are run most (send, messages) use none of these.
 */
import type * as changes from './account-changes.ts'
import type * as files from './import-key.ts'
import type * as registration from './register.ts'
import type * as replacement from './replace-key.ts'
import type * as entry from './sign-in.ts'
import type * as leaving from './sign-out.ts'

/** See register.ts. */
export const registerAccount: typeof registration.registerAccount = async (...input) =>
  (await import('./register.ts')).registerAccount(...input)

/** See sign-in.ts. */
export const signIn: typeof entry.signIn = async (...input) =>
  (await import('./sign-in.ts')).signIn(...input)

/** See sign-out.ts. */
export const signOut: typeof leaving.signOut = async (...input) =>
  (await import('./sign-out.ts')).signOut(...input)

/** See replace-key.ts. */
export const replaceKey: typeof replacement.replaceKey = async (...input) =>
  (await import('./replace-key.ts')).replaceKey(...input)

/** See account-changes.ts. */
export const changePassword: typeof changes.changePassword = async (...input) =>
  (await import('./account-changes.ts')).changePassword(...input)

/** See account-changes.ts. */
export const removeAccount: typeof changes.removeAccount = async (...input) =>
  (await import('./account-changes.ts')).removeAccount(...input)

/** See import-key.ts. */
export const importProfileKey: typeof files.importProfileKey = async (...input) =>
  (await import('./import-key.ts')).importProfileKey(...input)
