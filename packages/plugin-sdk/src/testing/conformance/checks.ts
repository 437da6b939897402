import type { Findings } from './findings.ts'

/** What both halves are checked by. */
export interface Checks {
  readonly findings: Findings
  readonly config: unknown
  readonly settings: Readonly<Record<string, unknown>>
  readonly timeoutMs: number
  readonly patienceMs: number
  readonly graceMs: number
}
