import type { Head, Statement } from '../format/entry.ts'
import type { LogStore } from './log-store.ts'

/** So many heads fit well into a stored value. */
const headsPerEntry = 200

/**
 * Where all chains stand that nothing else vouches for. From then on this chain does, and those that will grow no
 * more are no tips.
 *
 * @param own the chain that vouches, if it has begun
 */
export async function vouchForOthers(
  store: LogStore,
  own: string | undefined,
): Promise<{ readonly statements: readonly Statement[]; settle(): Promise<void> }> {
  const heads: Head[] = []
  const dead: string[] = []
  for (const { chain, near } of await store.tips()) {
    if (chain === own) continue
    // Looked at before its head: one that ends in between is still a tip for the next.
    const isAlive = await store.isAlive(chain)
    const head = await store.headOf(chain, near)
    if (head !== undefined) heads.push(head)
    if (!isAlive) dead.push(chain)
  }
  return {
    statements: inParts(heads).map((part) => ({ kind: 'heads', heads: part })),
    /** For when the statements are stored. */
    async settle() {
      for (const chain of dead) await store.removeTip(chain)
    },
  }
}

/** At least one part, so that what is said daily is said when there is nobody else too. */
export function inParts(heads: readonly Head[]): Head[][] {
  const count = Math.max(1, Math.ceil(heads.length / headsPerEntry))
  return Array.from({ length: count }, (_, at) =>
    heads.slice(at * headsPerEntry, (at + 1) * headsPerEntry),
  )
}
