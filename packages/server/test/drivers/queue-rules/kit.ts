/** What the suite of the testing kit is made of, for the tests that a driver has beside it. */
import { queueKit } from '@secure-chat/plugin-sdk/testing'

export const { codeIn, codeOf, expireAll, follow, newUser, readAll, record, runs } = queueKit
export type Follower = queueKit.Follower
