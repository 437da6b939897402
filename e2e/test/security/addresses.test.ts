import { jest } from '@jest/globals'
import { type Answer, newKeys, post, signUp } from '../../setup/account.ts'
import { removeHomes } from '../../setup/scratch.ts'
import { killServers, startServer } from '../../setup/server.ts'

jest.setTimeout(60_000)

afterAll(() => {
  killServers()
  removeHomes()
})

const limited = { RATE_LIMIT: 'on', LIMIT_SIGN_IN_FAILURES: '3', LIMIT_REGISTRATIONS_PER_HOUR: '3' }

/** Every header in which some proxy somewhere names the client. */
function spoofed(n: number): Record<string, string> {
  const address = `203.0.113.${n}`
  return {
    'x-forwarded-for': address,
    'x-real-ip': address,
    'x-client-ip': address,
    'cf-connecting-ip': address,
    'true-client-ip': address,
    forwarded: `for=${address}`,
  }
}

function registerAs(url: string, name: string, headers: Record<string, string>): Promise<Answer> {
  const body = { name, password: 'a fine long password', 'pub-key': shared.publicPem }
  return post(`${url}/chat/auth/register`, body, headers)
}
const shared = newKeys()

test('a spoofed X-Forwarded-For dodges no limit', async () => {
  const server = await startServer(limited)
  await signUp(server.url, 'alice')
  const tries: Answer[] = []
  for (let n = 1; n <= 5; n++) {
    const guess = { name: 'alice', password: `guess number ${n}` }
    tries.push(await post(`${server.url}/chat/auth/login`, guess, spoofed(n)))
  }
  expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429])
  expect(Number(tries.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0)
  const statuses: number[] = []
  for (let n = 1; n <= 4; n++) {
    statuses.push((await registerAs(server.url, `user${n}`, spoofed(n))).status)
  }
  // One of the three went to alice.
  expect(statuses).toEqual([201, 201, 429, 429])
})

test('behind one trusted proxy its word counts, and not what the client wrote before it', async () => {
  const server = await startServer({ ...limited, TRUST_PROXY: '1' })
  const through = (client: string, spoof: number) => ({
    'x-forwarded-for': `203.0.113.${spoof}, ${client}`,
  })
  const statuses: number[] = []
  for (let n = 1; n <= 4; n++) {
    const answer = await registerAs(server.url, `user${n}`, through('198.51.100.7', n))
    statuses.push(answer.status)
  }
  expect(statuses).toEqual([201, 201, 201, 429])
  const another = await registerAs(server.url, 'user5', through('198.51.100.8', 1))
  expect(another.status).toBe(201)
})
