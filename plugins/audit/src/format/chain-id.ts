import { randomBytes } from 'node:crypto'

/** Sorts by the time of its start: `20261123T180000000Z-1f3a9c0b2d4e`. */
export const chainIdPattern = /^\d{8}T\d{9}Z-[0-9a-f]{12}$/

export function newChainId(now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:.]/g, '')
  return `${stamp}-${randomBytes(6).toString('hex')}`
}
