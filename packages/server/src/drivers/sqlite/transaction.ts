import type { DatabaseSync } from 'node:sqlite'

export type Transaction = <T>(work: () => T) => T

/** Runs work whole or not at all; what it throws is thrown on after the rollback. */
export function makeTransaction(db: DatabaseSync): Transaction {
  // Immediate: a transaction that begins as a reader and turns writer later can fail half-way as busy.
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  return (work) => {
    begin.run()
    try {
      const result = work()
      commit.run()
      return result
    } catch (error) {
      // A full disk or a failed read makes SQLite roll back by itself.
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}
