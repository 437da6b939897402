import type { Fingerprint, UserName } from '@secure-chat/protocol'
import { asWritten } from '../vault/as-written.ts'
import { bytesOf, integerOf, textOf } from '../vault/rows.ts'
import type { Vault } from '../vault/vault.ts'

/** What receiving something asks for. Kept in the transaction that stores it, removed in the one that does it. */
export type Job =
  /** The server hinted that this contact's key changed. */
  | { kind: 'look-up'; name: UserName }
  /** They cannot read these lines of ours. */
  | { kind: 'answer-resend'; name: UserName; ids: string[]; askedUnder: Fingerprint }
  | { kind: 'receipt'; name: UserName; ids: string[]; state: 'delivered' | 'read' }

export type JobRow = { position: number; name: string; job: Job }

export type JobStore = {
  /** The same name again replaces the job by what `merge` makes of both. */
  add(name: string, job: Job, merge?: (before: Job) => Job): void
  due(now: number): JobRow[]
  /** @returns false when another process did it meanwhile */
  finish(row: JobRow): boolean
  postpone(row: JobRow, dueAt: number): void
  /** Makes the job due, if there is one. */
  hasten(name: string): void
}

export function makeJobStore(vault: Vault): JobStore {
  const sealed = vault.column('jobs', 'data', asWritten<Job>)
  return {
    add(name, job, merge) {
      const tag = vault.tag('job', name)
      const row = vault.get('SELECT data FROM jobs WHERE name = ?', tag)
      const before = row && sealed.open(tag, bytesOf(row, 'data'))
      // Always a new row: whoever is at work on the old one must find it gone, not changed under its hands.
      vault.run('DELETE FROM jobs WHERE name = ?', tag)
      vault.run(
        'INSERT INTO jobs (name, due_at, data) VALUES (?, 0, ?)',
        tag,
        sealed.seal(tag, before && merge ? merge(before) : job),
      )
    },
    due: (now) =>
      vault
        .all('SELECT position, name, data FROM jobs WHERE due_at <= ? ORDER BY position', now)
        .map((row) => {
          const name = textOf(row, 'name')
          return {
            position: integerOf(row, 'position'),
            name,
            job: sealed.open(name, bytesOf(row, 'data')),
          }
        }),
    finish: ({ position }) =>
      vault.run('DELETE FROM jobs WHERE position = ?', position).changes === 1,
    hasten: (name) =>
      void vault.run('UPDATE jobs SET due_at = 0 WHERE name = ?', vault.tag('job', name)),
    postpone: ({ position }, dueAt) =>
      void vault.run('UPDATE jobs SET due_at = ? WHERE position = ?', dueAt, position),
  }
}
