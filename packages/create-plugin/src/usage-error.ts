/** What was typed cannot be done as it stands; the message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly exitCode: 1 | 2
  /** @param exitCode 2: the command line is wrong; 1: the machine's state does not allow it */
  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message)
    this.exitCode = exitCode
  }
}
