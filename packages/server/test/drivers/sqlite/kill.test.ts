import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseUserName } from '@secure-chat/protocol'
import { openSqliteDatabase, openSqliteQueue } from '../../../src/drivers/sqlite/index.ts'
import { readAll, record } from '../queue-rules/kit.ts'
import { scratchFolder } from './scratch.ts'
import { testClock } from './test-clock.ts'

const rounds = Number(process.env.SOAK_ROUNDS ?? 3)
const mailboxes = 5
const clock = testClock(Date.now())
const scratch = scratchFolder()

function startWriter(
  dir: string,
  notes: string,
  enough: number,
  starts: readonly number[],
): ChildProcess {
  const script = join(import.meta.dirname, 'kill-writer.ts')
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  return spawn(
    process.execPath,
    [...flags, script, dir, notes, String(enough), ...starts.map(String)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
}

/** Kills the writer the moment it has enough acknowledgements, in the middle of its writing. */
async function killUnderLoad(writer: ChildProcess): Promise<void> {
  const ended = once(writer, 'exit')
  if (!writer.stdout) throw new Error('The writer has no output to read.')
  for await (const line of createInterface(writer.stdout)) {
    if (line === 'enough') writer.kill('SIGKILL')
  }
  expect(await ended).toEqual([null, 'SIGKILL'])
}

test(
  `kill -9 under load, ${rounds} times: no acknowledged record is lost, the order holds, and it starts clean`,
  async () => {
    const dir = join(scratch.dir, 'data')
    const notes = join(scratch.dir, 'acknowledged')
    const users = Array.from({ length: mailboxes }, (_, index) => parseUserName(`mailbox-${index}`))
    let starts = users.map(() => 0)

    for (let round = 1; round <= rounds; round += 1) {
      await killUnderLoad(startWriter(dir, notes, 300 + ((round * 977) % 1500), starts))
      const queue = await openSqliteQueue({ dir, clock })
      const database = await openSqliteDatabase({ dir, clock })
      const lines = readFileSync(notes, 'utf8').split('\n').filter(Boolean)
      const acknowledged = new Set(lines)
      expect(acknowledged.size).toBeGreaterThan(300)

      const found: number[][] = []
      for (const user of users) {
        found.push((await readAll(queue, user)).map((each) => Number.parseInt(each.message, 10)))
      }
      for (const [index, numbers] of found.entries()) {
        // In the order of the calls and without a hole; what was not acknowledged may be there at the end.
        expect(numbers).toEqual(numbers.map((_, place) => place))
        const kept = new Set(numbers)
        const lost = lines
          .filter((line) => line.startsWith(`message ${users[index]} `))
          .filter((line) => !kept.has(Number(line.split(' ')[2])))
        expect(lost).toEqual([])
      }
      for (const line of lines.filter((each) => each.startsWith('user '))) {
        const name = parseUserName(line.split(' ')[1])
        expect(await database.users.find(name)).toMatchObject({ name })
      }

      // It goes on where it stopped.
      for (const [index, user] of users.entries()) {
        const end = await queue.end(user)
        const next = found[index]?.length ?? 0
        await queue.enqueue(user, record(`${next} by hand`))
        const rest = await readAll(queue, user, { after: end })
        expect(rest.map((each) => each.message)).toEqual([`${next} by hand`])
      }
      starts = found.map((numbers) => numbers.length + 1)
      await queue.close()
      await database.close()
    }
  },
  60_000 + rounds * 20_000,
)
