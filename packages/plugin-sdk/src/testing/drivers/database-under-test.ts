import type { UserDatabase } from '../../server/index.ts'

/** A database under test. The suite never looks behind the port and may share the engine with other suites. */
export interface DatabaseUnderTest {
  readonly database: UserDatabase
  /** Closes the present database if it is open and opens the same data again, where data outlive that. */
  readonly reopen?: () => Promise<UserDatabase>
  /** Releases everything; called once, after `database.close()` or without it. */
  readonly close: () => Promise<void>
}

export type OpenDatabase = () => Promise<DatabaseUnderTest>
