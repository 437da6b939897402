import { randomBytes } from 'node:crypto'

export const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`

/** Waits for what no event tells: the turn of the loop in which it holds. */
export async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
