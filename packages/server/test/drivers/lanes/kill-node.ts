/**
 * A node that writes as fast as it can until it is killed, and copies what it and others write. Each acknowledgement is
 * noted in a file as it comes. Arguments: the options as JSON, notes file, number of acknowledgements after which it
 * says `enough` (and writes on), and where each mailbox's count begins.
 */
import { openSync, writeSync } from 'node:fs'
import type { UserName } from '@secure-chat/protocol'
import { openLanesQueue } from '../../../src/drivers/lanes/index.ts'

const [options = '', notesPath = '', enough = '0', ...starts] = process.argv.slice(2)
const notes = openSync(notesPath, 'a')
const queue = await openLanesQueue({ ...JSON.parse(options), clock: { now: () => Date.now() } })
let acknowledged = 0

/** Many writes of one mailbox are under way at a time, as with many connections. */
async function writeMailbox(user: UserName, start: number): Promise<never> {
  let next = start
  const writer = async (): Promise<never> => {
    for (;;) {
      const number = next
      next += 1
      await queue.enqueue(user, {
        id: `${user} ${number}`,
        type: 'CHAT_MESSAGE',
        sender: 'writer',
        message: `${number} ${'x'.repeat((number * 37) % 3000)}`,
        timestamp: '2026-11-23T18:00:00.000Z',
      })
      writeSync(notes, `${user} ${number}\n`)
      acknowledged += 1
      if (acknowledged === Number(enough)) process.stdout.write('enough\n')
    }
  }
  return Promise.race(Array.from({ length: 16 }, writer))
}

await Promise.race(
  starts.map((start, index) => writeMailbox(`mailbox-${index}` as UserName, Number(start))),
)
