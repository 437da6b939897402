import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeWithServices } from '@secure-chat/e2e/services'
import { parseUserName } from '@secure-chat/protocol'
import type { LanesQueue } from '../../../src/drivers/lanes/index.ts'
import { connectMongo } from '../../../src/drivers/mongo/connect.ts'
import { readAll, record } from '../queue-rules/kit.ts'
import { type OwnLanes, ownLanes } from './own-lanes.ts'

const rounds = Number(process.env.SOAK_ROUNDS ?? 2)
const mailboxes = 5

describeWithServices('a node of lanes', () => {
  let lanes: OwnLanes
  let folder: string

  beforeAll(async () => {
    lanes = await ownLanes(4)
    folder = mkdtempSync(join(tmpdir(), 'secure-chat-lanes-'))
  })
  afterAll(async () => {
    await lanes.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function startNode(notes: string, enough: number, starts: readonly number[]): ChildProcess {
    const script = join(import.meta.dirname, 'kill-node.ts')
    const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
    const given = [JSON.stringify(lanes.options), notes, String(enough), ...starts.map(String)]
    return spawn(process.execPath, [...flags, script, ...given], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  /** In the middle of its writing and copying. */
  async function killUnderLoad(node: ChildProcess): Promise<void> {
    const ended = once(node, 'exit')
    if (!node.stdout) throw new Error('The node has no output to read.')
    for await (const line of createInterface(node.stdout)) {
      if (line === 'enough') node.kill('SIGKILL')
    }
    expect(await ended).toEqual([null, 'SIGKILL'])
  }

  test(
    `killed -9 under load, ${rounds} times with another one and alone: all that was acknowledged is read at once, in order, and copied once`,
    async () => {
      const notes = join(folder, 'acknowledged')
      const users = Array.from({ length: mailboxes }, (_, index) =>
        parseUserName(`mailbox-${index}`),
      )
      let starts = users.map(() => 0)
      for (let round = 0; round < 2 * rounds; round += 1) {
        const isAlone = round % 2 === 1
        let other: LanesQueue | undefined
        if (!isAlone) other = await lanes.open()
        await killUnderLoad(startNode(notes, 100 + ((round * 97) % 150), starts))
        const queue = other ?? (await lanes.open())

        const lines = readFileSync(notes, 'utf8').split('\n').filter(Boolean)
        const found = await Promise.all(users.map((user) => numbersIn(queue, user)))
        for (const [index, numbers] of found.entries()) {
          // In the order of the calls and without a hole; what was not acknowledged may be there at the end.
          expect(numbers).toEqual(numbers.map((_, place) => place))
          const kept = new Set(numbers)
          const lost = lines
            .filter((line) => line.startsWith(`mailbox-${index} `))
            .filter((line) => !kept.has(Number(line.split(' ')[1])))
          expect(lost).toEqual([])
        }
        // Its share goes to the others.
        for (const [index, user] of users.entries()) {
          await queue.enqueue(user, record(`${found[index]?.length} by hand`))
        }
        while ((await queue.lag()) > 0) await sleep(50)
        const again = await Promise.all(users.map((user) => numbersIn(queue, user)))
        expect(again.map(({ length }) => length)).toEqual(found.map(({ length }) => length + 1))
        expect(await documents()).toBe(again.flat().length)
        starts = again.map(({ length }) => length)
        await queue.close()
      }
    },
    60_000 + rounds * 40_000,
  )

  async function numbersIn(queue: LanesQueue, user: ReturnType<typeof parseUserName>) {
    return (await readAll(queue, user)).map(({ message }) => Number.parseInt(message, 10))
  }

  async function documents(): Promise<number | undefined> {
    const connection = await connectMongo(lanes.options.databaseUrl)
    const count = await connection.db?.collection('mailboxes').countDocuments()
    await connection.close()
    return count
  }
})
