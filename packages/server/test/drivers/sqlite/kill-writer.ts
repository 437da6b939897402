/**
 * A process that writes to both embedded engines as fast as it can until it is killed. Each acknowledgement is noted
 * in a file as it comes; what is noted there must be found afterwards. Arguments: data folder, notes file, number of
 * acknowledgements after which it says `enough` (and writes on), and where each mailbox's count begins.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { Fingerprint, UserName } from '@secure-chat/protocol'
import { openSqliteDatabase, openSqliteQueue } from '../../../src/drivers/sqlite/index.ts'
import { writeMailbox } from '../write-mailbox.ts'
import { testClock } from './test-clock.ts'

const [dir = '', notesPath = '', enough = '0', ...starts] = process.argv.slice(2)
const notes = openSync(notesPath, 'a')
const clock = testClock(Date.now())
const queue = await openSqliteQueue({ dir, clock })
const database = await openSqliteDatabase({ dir, clock })
let acknowledged = 0

function note(line: string): void {
  writeSync(notes, `${line}\n`)
  acknowledged += 1
  if (acknowledged === Number(enough)) process.stdout.write('enough\n')
}

async function writeUsers(): Promise<never> {
  for (let count = 0; ; count += 1) {
    const name = `u${process.pid}-${count}` as UserName
    await database.users.create({
      name,
      passwordHash: 'hash',
      publicKey: 'key',
      fingerprint: '00'.repeat(32) as Fingerprint,
      createdAt: clock.now(),
    })
    note(`user ${name}`)
  }
}

try {
  await Promise.race([
    ...starts.map((start, index) => {
      const user = `mailbox-${index}` as UserName
      return writeMailbox(queue, user, Number(start), (number) => note(`message ${user} ${number}`))
    }),
    writeUsers(),
  ])
} finally {
  closeSync(notes)
}
