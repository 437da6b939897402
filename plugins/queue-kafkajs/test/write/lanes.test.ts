import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { Brokers } from '../../src/kafka/cluster.ts'
import { makeLanes } from '../../src/write/lanes.ts'
import { type Line, makeEntry, makeLine } from '../../src/write/line.ts'

const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent } as ServerContext['log']
const away = new Error('the broker is away')
const refuses = () => Promise.reject(away)
const brokers: Brokers = { of: refuses, any: refuses, controller: refuses }
const producerIds = { current: async () => ({ id: 7, epoch: 0 }), giveUp: silent }

function lineWith(topic: string, bytes: number): Line {
  const line = makeLine(topic)
  const { entry, kept } = makeEntry({ topic, value: '', bytes, timestamp: 0 })
  kept.catch(silent)
  line.waiting.push(entry)
  line.isBusy = true
  return line
}

/** What each line was told, over all that happens while nothing new comes. */
async function outcomesOf(lines: readonly Line[]) {
  const outcomes: string[] = []
  const lanes = makeLanes({
    brokers,
    producerIds,
    log,
    onDone: ({ topic }) => outcomes.push(`${topic} done`),
    onTrouble: (troubled) => outcomes.push(...troubled.map(({ topic }) => `${topic} trouble`)),
  })
  for (const line of lines) lanes.send(1, line)
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  for (const { waiting, batch } of lines) {
    for (const entry of [...waiting, ...(batch?.entries ?? [])]) entry.settle()
  }
  return outcomes.toSorted()
}

test('of lines too large for one request each is told once that its broker is away', async () => {
  const lines = ['a', 'b', 'c', 'd', 'e'].map((topic) => lineWith(topic, 600 * 1024))
  expect(await outcomesOf(lines)).toEqual(lines.map(({ topic }) => `${topic} trouble`))
})

test('a line in which nobody waits any more is done, and has no part in the trouble of the others', async () => {
  const over = lineWith('over', 100)
  for (const entry of over.waiting) entry.settle()
  expect(await outcomesOf([over, lineWith('a', 100)])).toEqual(['a trouble', 'over done'])
})
