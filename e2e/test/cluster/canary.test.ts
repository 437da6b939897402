/** What two people write each other, and their keys, stand nowhere in Kafka's or MongoDB's files, nor in any log. */
import { randomBytes } from 'node:crypto'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { cliJson, runCli } from '../../setup/cli.ts'
import { type Cluster, startCluster } from '../../setup/cluster.ts'
import { consume, topicOf } from '../../setup/kafka-by-others.ts'
import { type Home, makeHome } from '../../setup/scratch.ts'
import { tearDown } from '../../setup/tear-down.ts'
import { profileSecrets } from '../security/support/profile-secrets.ts'
import { filesUnder, findSecrets, type Secret, secretText } from '../security/support/secrets.ts'

jest.setTimeout(120_000)

const names = ['alice', 'bob'] as const
const canary = `canary ${randomBytes(12).toString('hex')} ünlösbar`
const password = randomBytes(12).toString('hex')
const newPassword = `changed ${randomBytes(12).toString('hex')}`

describeWithServices('canary on MongoDB and Kafka', () => {
  let cluster: Cluster
  let secrets: readonly Secret[]
  let ciphertext: string

  beforeAll(async () => {
    cluster = await startCluster({ env: { LOG_LEVEL: 'trace' } })
    const homes = names.map((_, index) =>
      makeHome({ SECURE_CHAT_SERVER: cluster.urls[index] ?? '' }),
    )
    const [alice, bob] = homes as [Home, Home]
    for (const [index, name] of names.entries()) {
      const home = homes[index] as Home
      const result = await runCli(home, ['register', name, '--password-stdin'], { input: password })
      expect(result).toMatchObject({ code: 0 })
    }
    await cliJson(alice, ['send', 'bob', '-'], canary)
    await cliJson(bob, ['send', 'alice', '-'], canary)
    for (const home of homes) {
      expect(JSON.stringify(await cliJson(home, ['messages']))).toContain(canary)
    }
    const next = alice.secretFile('secret-password', newPassword)
    const change = ['account', 'password', '--password-stdin', '--new-password-file', next]
    expect(await runCli(alice, change, { input: password })).toMatchObject({ code: 0 })
    secrets = [
      secretText('text', canary),
      secretText('password', password),
      secretText('new password', newPassword),
      ...(await profileSecrets('alice', alice)),
      ...(await profileSecrets('bob', bob)),
    ]
    // Its key exchange, then the message.
    const [, sealed = ''] = await consume(cluster.kafka.address, topicOf('bob'), 2)
    ciphertext = JSON.parse(sealed).message
    for (const node of cluster.nodes) await node.stop()
    // With everything on the disk.
    await Promise.all([cluster.kafka.stop(), cluster.mongo.stop()])
  }, 120_000)
  afterAll(tearDown)

  test('no secret is in the files of the broker, its log with them', () => {
    const files = filesUnder(cluster.kafka.folder)
    expect(findSecrets([secretText('ciphertext', ciphertext)], files)).not.toEqual([])
    expect(findSecrets(secrets, files)).toEqual([])
  })

  test('no secret is in the files of the database, its log with them', () => {
    const files = filesUnder(cluster.mongo.folder)
    expect(findSecrets([secretText('password hash', '$argon2id$')], files)).not.toEqual([])
    expect(findSecrets(secrets, files)).toEqual([])
  })

  test('no secret is in the log of a node at LOG_LEVEL=trace', () => {
    const logs = cluster.nodes.map((node) => ({
      place: `log of ${node.name}`,
      bytes: Buffer.from(node.log()),
    }))
    for (const { bytes } of logs) expect(bytes.toString()).toContain('server.started')
    expect(findSecrets(secrets, logs)).toEqual([])
  })
})
