import { randomUUID } from 'node:crypto'
import { shareOf } from '../../../src/drivers/lanes/copy/shares.ts'

const lanes = 64
const nodes = Array.from({ length: 5 }, () => randomUUID())

function holders(present: readonly string[]): string[] {
  const shares = present.map((node) => [node, shareOf(node, present, lanes)] as const)
  return Array.from({ length: lanes }, (_, lane) => {
    const found = shares.filter(([, share]) => share.has(lane)).map(([node]) => node)
    expect(found).toHaveLength(1)
    return found[0] ?? ''
  })
}

test('gives every lane to exactly one node, whatever order a node knows them in', () => {
  expect(holders(nodes)).toEqual(holders(nodes.toReversed()))
  expect(new Set(holders(nodes)).size).toBe(nodes.length)
})

test('moves no lane between nodes that stay when another one comes or goes', () => {
  const [gone, ...rest] = nodes
  const before = holders(nodes)
  for (const [lane, holder] of holders(rest).entries()) {
    if (before[lane] !== gone) expect(holder).toBe(before[lane])
  }
})

test('leaves a node alone with everything, and one that nobody knows with nothing', () => {
  expect(shareOf('me', ['me'], lanes).size).toBe(lanes)
  expect(shareOf('me', ['other'], lanes).size).toBe(0)
})
