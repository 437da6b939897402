import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { flawless } from '../../load/judge.ts'
import { expectRefusedInTime } from '../../load/refused-in-time.ts'
import { startTrial } from '../../load/trial.ts'
import { post, send, signUp } from '../../setup/account.ts'
import { type Cluster, startCluster } from '../../setup/cluster.ts'
import { eventually } from '../../setup/eventually.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(300_000)

const unavailable = { status: 503, code: 'database_unavailable' }

describeWithServices('MongoDB gone', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(tearDown)

  test('kill -9 of MongoDB under load: 503 that names it until it is back, nothing acknowledged is lost', async () => {
    const [a, b] = [cluster.nodes[0].url, cluster.urls[1] ?? '']
    const trial = await startTrial({ urls: cluster.urls })
    const alice = await signUp(a, 'alice')
    const { password } = alice
    await trial.load.progress(20)
    await cluster.mongo.kill()
    const downAt = Date.now()
    await eventually('everybody is refused', 30_000, () => {
      return trial.load.sentSince(downAt).refusals.length >= trial.load.width
    })
    const { refusals } = trial.load.sentSince(downAt)
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['database_unavailable']))
    expectRefusedInTime(refusals.map(({ tookMs }) => tookMs))
    for (const url of [a, b]) {
      expect(await send(url, 'GET', '/readyz', undefined)).toMatchObject(unavailable)
      expect(await send(url, 'GET', '/livez', undefined)).toMatchObject({ status: 200 })
    }
    const login = await post(`${b}/chat/auth/login`, { name: 'alice', password })
    expect(login).toMatchObject(unavailable)
    expect(Number(login.headers.get('retry-after'))).toBeGreaterThan(0)
    await cluster.mongo.start()
    await trial.load.progress(20)
    for (const url of [a, b]) {
      await eventually('ready again', 30_000, async () => (await fetch(`${url}/readyz`)).ok)
    }
    expect(await alice.at(b).call('GET', '/chat/messages')).toMatchObject({ status: 200 })
    const { mailboxes, streams } = await trial.finish()
    expect(mailboxes).toMatchObject(flawless)
    expect(streams).toMatchObject({ ...flawless, acknowledged: mailboxes.acknowledged })
  })

  test('a MongoDB that holds its connections and says nothing: 503 within 5 s, and again as before when it speaks', async () => {
    const carol = await signUp(cluster.nodes[0].url, 'carol')
    const { name, password } = carol
    cluster.mongo.pause()
    const begun = performance.now()
    const calls = cluster.urls.flatMap((url) => [
      post(`${url}/chat/auth/login`, { name, password }),
      carol.at(url).call('GET', '/chat/users'),
      send(url, 'GET', '/readyz', undefined),
    ])
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject(unavailable)
    expectRefusedInTime([performance.now() - begun])
    cluster.mongo.resume()
    for (const url of cluster.urls) {
      await eventually('served again', 30_000, async () => {
        return (await carol.at(url).call('GET', '/chat/users')).status === 200
      })
    }
  })
})
