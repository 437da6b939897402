import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Transport } from '../../src/api/transport.ts'
import { makeWire, type Wire } from './wire.ts'

/**
 * Kills a "process" (one opened account) at the k-th point where it touches the world: before and after
 * every write to its vault and every request. Dead means that neither vault nor network obey it any more;
 * an open transaction is rolled back, as after kill -9.
 */
export type Mortal = {
  wire: Wire
  transport: Transport
  /** Counts points; dies at the k-th, if it gets there. */
  arm(k: number): void
  /** @returns how many points were passed, and whether it died */
  disarm(): { points: number; isDead: boolean }
  restore(): void
}

export class Killed extends Error {}

export function makeMortal(isVictim: (path: string) => boolean): Mortal {
  const wire = makeWire()
  let left = Number.POSITIVE_INFINITY
  let points = 0
  let isArmed = false
  let isDead = false
  let database: DatabaseSync | undefined

  const point = (): void => {
    if (!isArmed) return
    if (isDead) throw new Killed()
    points += 1
    left -= 1
    if (left > 0) return
    isDead = true
    if (database?.isOpen) database.close()
    throw new Killed()
  }

  const realExec = DatabaseSync.prototype.exec
  const realPrepare = DatabaseSync.prototype.prepare
  DatabaseSync.prototype.exec = function exec(this: DatabaseSync, sql: string): void {
    if (!isVictim(this.location() ?? '')) {
      realExec.call(this, sql)
      return
    }
    database = this
    point()
    realExec.call(this, sql)
    if (sql === 'COMMIT') point()
  }
  DatabaseSync.prototype.prepare = function prepare(
    this: DatabaseSync,
    sql: string,
  ): StatementSync {
    const statement = realPrepare.call(this, sql)
    if (!isVictim(this.location() ?? '')) return statement
    database = this
    const run = statement.run.bind(statement)
    const runMortally = (...values: SQLInputValue[]) => {
      point()
      const result = run(...values)
      if (!this.isTransaction) point()
      return result
    }
    Object.defineProperty(statement, 'run', { value: runMortally })
    return statement
  }

  wire.onRequest = point
  wire.onAnswer = (_, answer) => {
    point()
    return answer
  }

  return {
    wire,
    transport: wire.transport,
    arm(k) {
      left = k
      points = 0
      isDead = false
      isArmed = true
    },
    disarm() {
      isArmed = false
      return { points, isDead }
    },
    restore() {
      DatabaseSync.prototype.exec = realExec
      DatabaseSync.prototype.prepare = realPrepare
    },
  }
}
