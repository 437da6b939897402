/**
 * Lets so many works go on side by side, the others in the order in which they asked; one that gives up its turn
 * before it came costs nothing.
 */
export interface Turns {
  ask(work: () => Promise<void>): void
}

export function makeTurns(most: number): Turns {
  const waiting: Array<() => Promise<void>> = []
  let underWay = 0

  async function run(work: () => Promise<void>): Promise<void> {
    underWay += 1
    try {
      await work()
    } finally {
      underWay -= 1
      next()
    }
  }

  function next(): void {
    if (underWay >= most) return
    const work = waiting.shift()
    if (work !== undefined) void run(work)
  }

  return {
    ask(work) {
      waiting.push(work)
      next()
    },
  }
}
