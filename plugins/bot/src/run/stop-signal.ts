/** SIGINT and SIGTERM as a wish to end after the messages at hand; the second SIGINT ends at once. */
export function stopSignal(): { readonly signal: AbortSignal; exitCode(): number } {
  const stopping = new AbortController()
  let code = 0
  // The program's own listener ends the process, with whatever the bot is at.
  process.removeAllListeners('SIGINT')
  process.on('SIGINT', () => {
    if (stopping.signal.aborted) process.exit(130)
    code = 130
    stopping.abort()
  })
  process.on('SIGTERM', () => stopping.abort())
  return { signal: stopping.signal, exitCode: () => code }
}
