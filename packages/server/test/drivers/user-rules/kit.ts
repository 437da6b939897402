/** What the suite of the testing kit is made of, for the tests that a driver has beside it. */
import { databaseKit } from '@secure-chat/plugin-sdk/testing'

export const { account, codeOf, newFingerprint, newUser, now, session, sharedDatabase } =
  databaseKit
