import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** Names this opened account among all that may hold a lease: computer, process, and one of its own. */
export function holderName(): string {
  return [hostname(), process.pid, randomUUID()].join(' ')
}

/**
 * Has the process of this holder ended? False when it cannot be told (another computer, a reused process id);
 * then the lease lapses by itself.
 */
export function isHolderGone(holder: string): boolean {
  const [host, pid] = holder.split(' ')
  if (host !== hostname() || !/^\d+$/.test(pid ?? '')) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ESRCH'
  }
}
