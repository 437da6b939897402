/** Lets so many works go on side by side, the others in the order in which they asked. */
export function makeTurns(most: number): (work: () => Promise<void>) => void {
  const waiting: Array<() => Promise<void>> = []
  let underWay = 0

  function next(): void {
    if (underWay >= most) return
    const work = waiting.shift()
    if (work === undefined) return
    underWay += 1
    void work().finally(() => {
      underWay -= 1
      next()
    })
  }

  return (work) => {
    waiting.push(work)
    next()
  }
}
