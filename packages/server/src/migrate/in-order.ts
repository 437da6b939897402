/** Works on up to `width` inputs at once and gives the results in the order of the inputs. The first failure ends it, after what is under way. */
export async function* inOrder<T, R>(
  inputs: AsyncIterable<T>,
  width: number,
  work: (input: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = []
  try {
    for await (const input of inputs) {
      const task = work(input)
      // Its failure is met when its turn comes, or below.
      task.catch(() => undefined)
      underWay.push(task)
      if (underWay.length < width) continue
      const first = underWay.shift()
      if (first !== undefined) yield await first
    }
    for (let first = underWay.shift(); first !== undefined; first = underWay.shift()) {
      yield await first
    }
  } finally {
    await Promise.allSettled(underWay)
  }
}
