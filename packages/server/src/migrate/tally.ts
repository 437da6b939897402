import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** How many rows or records there are, and the SHA-256 of their canonical JSON, each on a line of its own, in their order. */
export interface Sum {
  readonly count: number
  /** 64 hex digits. */
  readonly hash: string
}

export interface Tally {
  add(value: unknown): void
  /** Nothing can be added afterwards. */
  sum(): Sum
}

export function makeTally(): Tally {
  const hash = createHash('sha256')
  let count = 0
  return {
    add(value) {
      count += 1
      hash.update(`${canonicalJson(value)}\n`)
    },
    sum: () => ({ count, hash: hash.digest('hex') }),
  }
}

export function isSameSum(a: Sum, b: Sum): boolean {
  return a.count === b.count && a.hash === b.hash
}
