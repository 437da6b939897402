/** From when on waiting is shown: what is faster needs no explanation. */
const quietMs = 300

export type SpinnerOptions = {
  readonly stream: NodeJS.WriteStream
  /** Lines only: the words are written once, nothing moves. */
  readonly isPlain: boolean
  readonly isColour: boolean
}

/** Says what is being waited for, on a terminal only; ora is loaded when it is shown. */
export async function withSpinner<T>(
  text: string,
  work: () => Promise<T>,
  { stream, isPlain, isColour }: SpinnerOptions,
): Promise<T> {
  if (!stream.isTTY) return work()
  let stop = () => {}
  let isDone = false
  const timer = setTimeout(async () => {
    if (isPlain) {
      stream.write(`${text} …\n`)
      return
    }
    const { default: ora } = await import('ora')
    if (isDone) return
    const spinner = ora({ text, stream, discardStdin: false, ...(!isColour && { color: false }) })
    spinner.start()
    stop = () => spinner.stop()
  }, quietMs)
  try {
    return await work()
  } finally {
    isDone = true
    clearTimeout(timer)
    stop()
  }
}
