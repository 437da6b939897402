/** The thread of `makeBatchWriter`: one transaction for each message it gets, then an answer; it ends at `undefined`. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { makeTransaction } from '../transaction.ts'
import type { BatchAnswer, MessageRow } from './batch-writer.ts'
import { insertMessage } from './insert-message.ts'

const port = parentPort
if (port === null) throw new Error('This file is the entry of a thread.')
const db = new DatabaseSync(String(workerData), { timeout: 5000 })
db.exec('PRAGMA synchronous = FULL')
db.exec('PRAGMA trusted_schema = OFF')
db.exec('PRAGMA cache_size = -8192')
db.exec('PRAGMA journal_size_limit = 67108864')
db.exec('PRAGMA wal_autocheckpoint = 4000')
const insert = db.prepare(insertMessage)
const transaction = makeTransaction(db)

port.on('message', (rows: readonly MessageRow[] | undefined) => {
  if (rows === undefined) {
    db.close()
    port.close()
    return
  }
  port.postMessage(write(rows))
})

function write(rows: readonly MessageRow[]): BatchAnswer {
  try {
    transaction(() => {
      for (const row of rows) insert.run(...row)
    })
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { message: error.message, errcode: 'errcode' in error ? Number(error.errcode) : 1 }
  }
}
