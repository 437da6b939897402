/** What a file of tests has begun ends with it, also after a test that failed halfway. */
import { removeHomes } from './scratch.ts'
import { killServers } from './server.ts'

const ends: Array<() => unknown> = []

/** The last that was begun ends first, the servers before all. */
export function atTearDown(end: () => unknown): void {
  ends.push(end)
}

/** For `afterAll`. */
export async function tearDown(): Promise<void> {
  try {
    killServers()
  } finally {
    await Promise.all(
      ends
        .splice(0)
        .reverse()
        .map((end) => end()),
    )
    removeHomes()
  }
}
