/** Where a command writes and what it may ask of its process; tests give their own. */
export interface CommandIo {
  out(text: string): void
  err(text: string): void
  /** Is standard output one? */
  readonly isTerminal: boolean
  readonly isErrTerminal: boolean
}
