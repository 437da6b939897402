import type { Clock } from '../clock.ts'
import { textOf } from '../vault/rows.ts'
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

export type LeaseOptions = {
  vault: Vault
  clock: Clock
  name: string
  holder: string
  /** Is the process that wrote this holder known to have ended? Then nobody waits for the lease to lapse. */
  isGone(holder: string): boolean
}

export function makeLease({ vault, clock, name, holder, isGone }: LeaseOptions): Lease {
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
      const isTaken = changes === 1 || takeFromGone(now)
      writtenAt = isTaken ? monotonic : undefined
      return isTaken
    },
    release() {
      if (writtenAt === undefined) return
      vault.run('DELETE FROM leases WHERE name = ? AND holder = ?', name, holder)
      writtenAt = undefined
    },
  }

  function takeFromGone(now: number): boolean {
    const row = vault.get('SELECT holder FROM leases WHERE name = ?', name)
    const before = row && textOf(row, 'holder')
    if (before === undefined || !isGone(before)) return false
    const { changes } = vault.run(
      'UPDATE leases SET holder = ?, until = ? WHERE name = ? AND holder = ?',
      holder,
      now + leaseMs,
      name,
      before,
    )
    return changes === 1
  }
}
