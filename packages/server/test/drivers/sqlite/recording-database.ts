import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** A database that remembers what was prepared on it and counts its commits. */
export class RecordingDatabase extends DatabaseSync {
  readonly statements: string[] = []
  commits = 0

  override prepare(...args: Parameters<DatabaseSync['prepare']>): StatementSync {
    const [sql] = args
    this.statements.push(sql)
    const statement = super.prepare(...args)
    if (sql === 'COMMIT') {
      const run = statement.run.bind(statement)
      statement.run = () => {
        this.commits += 1
        return run()
      }
    }
    return statement
  }
}
