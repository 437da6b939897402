/** Time as a parameter, so that tests can move it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch; may jump. */
  now(): number
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number
  /** Runs once after `ms` milliseconds; the answer cancels. Never keeps the process alive. */
  setTimeout(run: () => void, ms: number): () => void
}
