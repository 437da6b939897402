import type { Clock } from '../clock.ts'
import type { Vault } from '../vault/vault.ts'

/**
 * One holder at a time among all processes on the profile. It lapses by itself, so a process that died
 * is followed by the next. Two holders for a moment (a suspended machine) do no harm: what both send is
 * the same bytes under the same id.
 */
export type Lease = {
  /** Takes or keeps it. @returns false while another holder has it */
  take(): boolean
  /** Gives it back, unless it passed to another holder. */
  release(): void
}

const leaseMs = 10_000
const renewalMs = 2_000

export function makeLease(o: { vault: Vault; clock: Clock; name: string; holder: string }): Lease {
  const { vault, clock, name, holder } = o
  let writtenAt: number | undefined
  return {
    take() {
      // Each write waits for the disk, so it is not renewed before it is due.
      const monotonic = clock.monotonic()
      if (writtenAt !== undefined && monotonic - writtenAt < renewalMs) return true
      const now = clock.now()
      // A lease further ahead than any we give was taken before the clock was set back.
      const { changes } = vault.run(
        'INSERT INTO leases (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE holder = excluded.holder OR until <= ? OR until > ?',
        name,
        holder,
        now + leaseMs,
        now,
        now + 2 * leaseMs,
      )
      writtenAt = changes === 1 ? monotonic : undefined
      return changes === 1
    },
    release() {
      if (writtenAt === undefined) return
      vault.run('DELETE FROM leases WHERE name = ? AND holder = ?', name, holder)
      writtenAt = undefined
    },
  }
}
