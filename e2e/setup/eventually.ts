import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again. Resolves with the milliseconds it took; rejects with the name of what never came. */
export async function eventually(
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<number> {
  const begun = performance.now()
  for (;;) {
    // Looked at before the clock: what holds after a long pause of this process was not late.
    const isThere = await holds()
    const tookMs = performance.now() - begun
    if (isThere) return tookMs
    if (tookMs > withinMs) throw new Error(`Not within ${withinMs} ms: ${what}`)
    await sleep(50)
  }
}
