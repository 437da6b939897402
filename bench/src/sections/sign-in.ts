import { randomInt } from 'node:crypto'
import { signUp } from '../load/accounts.ts'
import { startSecureChat } from '../load/processes.ts'
import { median, ms, type Section } from '../report.ts'

const tries = 1_000

/** An unknown name must take as long as a wrong password (ASVS 6.3.8). */
export async function signIn(): Promise<Section> {
  const server = await startSecureChat()
  try {
    await signUp(server.url, ['known'])
    const times = { known: [] as number[], unknown: [] as number[] }
    const attempt = async (name: string) => {
      const started = performance.now()
      const answer = await fetch(new URL('/chat/auth/login', server.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, password: 'certainly wrong' }),
      })
      await answer.arrayBuffer()
      if (answer.status !== 401) throw new Error(`The sign-in answered ${answer.status}`)
      return performance.now() - started
    }
    for (let index = 0; index < tries; index++) {
      // In random order, so that no drift of the machine favours one of them.
      const isKnownFirst = randomInt(2) === 0
      if (isKnownFirst) times.known.push(await attempt('known'))
      times.unknown.push(await attempt(`nobody${index}`))
      if (!isKnownFirst) times.known.push(await attempt('known'))
    }
    const known = median(times.known)
    const unknown = median(times.unknown)
    const difference = Math.abs(known - unknown) / known
    return {
      name: 'sign-in',
      title: `Sign-in: unknown name against wrong password, ${tries} tries each`,
      rows: [
        {
          what: 'difference of the medians',
          value: `${(difference * 100).toFixed(1)} % (${ms(known)}, ${ms(unknown)})`,
          goal: '< 10 %',
          isMet: difference < 0.1,
        },
      ],
    }
  } finally {
    await server.stop()
  }
}
