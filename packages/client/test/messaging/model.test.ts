import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { type Identity, readMessageHeader } from '@secure-chat/e2ee'
import { parseUserName } from '@secure-chat/protocol'
import fc from 'fast-check'
import { makeApi } from '../../src/api/make-api.ts'
import { type Context, makeContext } from '../../src/messaging/context.ts'
import { makeHistory } from '../../src/messaging/history.ts'
import { makeSend, type Send } from '../../src/messaging/send.ts'
import { makeLease } from '../../src/outbox/lease.ts'
import { makeSender, type Sender } from '../../src/outbox/sender.ts'
import { askForMissing, runJobs } from '../../src/sync/run-jobs.ts'
import { syncMailbox } from '../../src/sync/sync-mailbox.ts'
import { openVault } from '../../src/vault/vault.ts'
import { runs } from '../fixtures/folders.ts'
import { type FakeServer, makeFakeServer } from '../support/fake-server.ts'
import { readyIdentity } from '../support/ready-keys.ts'
import { movableClock } from '../support/world.ts'

jest.setTimeout(600_000)

// Two devices and a network that loses, repeats, reorders, holds back and spoils; crashes and new chains
// in between. Whatever happens: once the network behaves, all that was promised is read once.

const names = ['ann', 'ben'] as const
type Name = (typeof names)[number]
const other = (name: Name): Name => (name === 'ann' ? 'ben' : 'ann')

let root: string
const users = new Map<string, Identity>()
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'secure-chat-model-'))
  for (const name of names) users.set(name, await readyIdentity())
  const vault = openVault({ dir: join(root, 'template') })
  await vault.create('passphrase of the template')
  key = vault.exportKey()
  vault.close()
})
afterAll(() => rmSync(root, { recursive: true, force: true }))
let key: ReturnType<ReturnType<typeof openVault>['exportKey']>

type Device = {
  context: Context
  send: Send
  sender: Sender
  sync(): Promise<void>
  heard(): string[]
}

function makeDevice(o: {
  dir: string
  name: Name
  server: FakeServer
  clock: ReturnType<typeof movableClock>
}): Device {
  const vault = openVault({ dir: o.dir })
  if (!vault.unlockWith(key)) throw new Error('the template has another key')
  const identity = users.get(o.name)
  if (!identity) throw new Error('no such user')
  const api = makeApi({
    server: new URL('http://127.0.0.1:9'),
    session: { sid: randomBytes(16), key: randomBytes(32) },
    transport: o.server.transportFor(o.name),
    clock: o.clock,
  })
  const context = makeContext({
    self: {
      name: parseUserName(o.name),
      sessionId: 'session',
      serverId: 'server',
      identities: () => [identity],
    },
    api,
    clock: o.clock,
    vault,
    newId: () => randomUUID(),
    log: () => undefined,
  })
  const sender = makeSender(
    context,
    makeLease({ vault, clock: o.clock, name: 'outbox', holder: randomUUID(), isGone: () => false }),
  )
  const history = makeHistory(context)
  return {
    context,
    sender,
    send: makeSend(context, sender),
    async sync() {
      await syncMailbox(context)
      await runJobs(context)
      await askForMissing(context)
      await sender.flush()
    },
    heard: () =>
      history
        .messages({ with: other(o.name), limit: 10_000 })
        .filter(
          ({ direction, state, kind }) =>
            direction === 'in' && state === 'received' && kind === 'text',
        )
        .map(({ text }) => text),
  }
}

const who = fc.constantFrom(...names)
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sync' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rotate' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('lose' as const),
      loss: fc.constantFrom('request' as const, 'answer' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('repeat' as const, 'swap' as const, 'hold' as const, 'spoil' as const),
      who,
      at: fc.nat(20),
    }),
  },
)

test('random conversations over a bad network: promised once is read once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
      const run = join(root, randomUUID())
      const clock = movableClock()
      const server = makeFakeServer(users)
      const dirs = { ann: join(run, 'ann'), ben: join(run, 'ben') }
      for (const dir of Object.values(dirs)) {
        cpSync(join(root, 'template'), dir, { recursive: true })
        chmodSync(dir, 0o700)
      }
      const open = (name: Name): Device => makeDevice({ dir: dirs[name], name, server, clock })
      const devices = { ann: open('ann'), ben: open('ben') }
      const promised: Record<Name, string[]> = { ann: [], ben: [] }
      const held: Record<Name, ReturnType<FakeServer['mailbox']>> = { ann: [], ben: [] }
      let count = 0

      for (const step of actions) {
        if (step.do === 'lose') {
          server.loseNext(step.loss)
          continue
        }
        const device = devices[step.who]
        const box = server.mailbox(step.who)
        // Only what the device has not read may be moved about: the queue never changes behind a cursor.
        const unread = Number(device.context.cursor.get() ?? 0)
        switch (step.do) {
          case 'send': {
            count += 1
            const text = `${step.who} ${count}`
            const kept = await device.send(other(step.who), { text }).then(
              () => true,
              () => false,
            )
            if (kept) promised[step.who].push(text)
            break
          }
          case 'sync':
            await device.sync().catch(() => undefined)
            break
          case 'crash':
            device.context.vault.close()
            devices[step.who] = open(step.who)
            break
          case 'rotate':
            device.context.vault.transaction(() => device.context.chains.closeSending())
            break
          case 'repeat':
          case 'spoil': {
            const record = box[step.at % Math.max(1, box.length)]
            if (!record) break
            const message = step.do === 'repeat' ? record.message : spoiled(record.message)
            box.push({ ...record, message })
            break
          }
          case 'swap': {
            const at = unread + step.at
            const [a, b] = [box[at], box[at + 1]]
            if (a && b) box.splice(at, 2, b, a)
            break
          }
          case 'hold': {
            if (unread + step.at < box.length)
              held[step.who].push(...box.splice(unread + step.at, 1))
            break
          }
        }
      }

      server.loseNext('none')
      for (const name of names) server.mailbox(name).push(...held[name])
      for (let round = 0; round < 4; round += 1) {
        clock.forward(61 * 60_000)
        for (const name of names) {
          await devices[name].context.vault.transaction(() => devices[name].context.outbox.hasten())
          await devices[name].sync()
        }
      }
      for (const name of names) {
        expect(devices[other(name)].heard().toSorted()).toEqual(promised[name].toSorted())
        expect(devices[name].context.outbox.count()).toBe(0)
      }
      for (const name of names) devices[name].context.vault.close()
      const numbers = server.taken.flatMap((message) => {
        const header = readMessageHeader(message)
        return header ? [`${header.kid} ${header.n}`] : []
      })
      expect(new Set(numbers).size).toBe(numbers.length)
      rmSync(run, { recursive: true, force: true })
    }),
    { numRuns: runs(25) },
  )
})

function spoiled(message: string): string {
  const at = message.length - 30
  return message.slice(0, at) + (message[at] === 'A' ? 'B' : 'A') + message.slice(at + 1)
}
