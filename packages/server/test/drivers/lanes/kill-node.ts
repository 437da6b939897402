/**
 * A node that writes as fast as it can until it is killed, and copies what it and others write. Each acknowledgement is
 * noted in a file as it comes. Arguments: the options as JSON, notes file, number of acknowledgements after which it
 * says `enough` (and writes on), and where each mailbox's count begins.
 */
import { openSync, writeSync } from 'node:fs'
import type { UserName } from '@secure-chat/protocol'
import { openLanesQueue } from '../../../src/drivers/lanes/index.ts'
import { writeMailbox } from '../write-mailbox.ts'

const [options = '', notesPath = '', enough = '0', ...starts] = process.argv.slice(2)
const notes = openSync(notesPath, 'a')
const queue = await openLanesQueue({ ...JSON.parse(options), clock: { now: () => Date.now() } })
let acknowledged = 0

function note(line: string): void {
  writeSync(notes, `${line}\n`)
  acknowledged += 1
  if (acknowledged === Number(enough)) process.stdout.write('enough\n')
}

await Promise.race(
  starts.map((start, index) => {
    const user = `mailbox-${index}` as UserName
    return writeMailbox(queue, user, Number(start), (number) => note(`${user} ${number}`))
  }),
)
