import { jest } from '@jest/globals'
import type { Account } from '../../src/index.ts'
import { makeMortal } from '../support/crash.ts'
import { expectNoNumberTwice, heard, remarks } from '../support/envelopes.ts'
import { movableClock, startWorld, type World } from '../support/world.ts'

jest.setTimeout(240_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const leaseMs = 11_000

test('a process killed at any point while it sends loses, repeats and reuses nothing', async () => {
  const clock = movableClock()
  const mortal = makeMortal((path) => path.includes('/ann-'))
  const annPerson = await world.person('ann', { transport: mortal.transport, clock })
  const ben = await (await world.person('ben', { clock })).open()
  const promised: string[] = []
  const maybe: string[] = []
  let rounds = 0
  try {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      const doomed = await annPerson.open()
      mortal.arm(k)
      for (const part of ['a', 'b']) {
        const text = `${k}${part}`
        maybe.push(text)
        const state = await doomed.send('ben', { text }).then(
          ({ state }) => state,
          () => undefined,
        )
        // Whatever was answered counts: from then on it must not be lost.
        if (state !== undefined) promised.push(text)
      }
      await doomed.trust.rotate('ben').catch(() => undefined)
      isOver = !mortal.disarm().isDead
      clock.forward(leaseMs)
      const next = await annPerson.open()
      await next.outbox.flush()
      expect(next.outbox.list()).toEqual([])
      next.close()
      rounds = k
    }
    expect(rounds).toBeGreaterThan(20)
    await ben.sync()
    const texts = heard(ben, 'ann')
    expect(texts.filter((text) => !maybe.includes(text))).toEqual([])
    expect(new Set(texts).size).toBe(texts.length)
    expect(promised.filter((text) => !texts.includes(text))).toEqual([])
    // What it says was sent or waits is what arrived: no line between the two worlds.
    const annView = await annPerson.open()
    expect(ownTexts(annView, 'ben')).toEqual(texts)
    expect(annView.messages({ limit: 1000 }).every(({ state }) => state === 'sent')).toBe(true)
    expect(remarks(ben, 'ann')).toEqual([])
    expectNoNumberTwice(mortal.wire.sent)
  } finally {
    mortal.restore()
  }
})

test('a process killed at any point while it receives loses and repeats nothing', async () => {
  const clock = movableClock()
  const mortal = makeMortal((path) => path.includes('/don-'))
  const cat = await (await world.person('cat', { clock })).open()
  const donPerson = await world.person('don', { transport: mortal.transport, clock })
  const first = await donPerson.open()
  first.settings.set('receipts', 'on')
  const sent: string[] = []
  let rounds = 0
  try {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      await cat.trust.rotate('don')
      for (const part of ['a', 'b']) {
        sent.push(`${k}${part}`)
        await cat.send('don', { text: `${k}${part}` })
      }
      const doomed = await donPerson.open()
      mortal.arm(k)
      await doomed.sync().catch(() => undefined)
      isOver = !mortal.disarm().isDead
      clock.forward(leaseMs)
      const next = await donPerson.open()
      await next.sync()
      next.close()
      rounds = k
    }
    expect(rounds).toBeGreaterThan(20)
    const don = await donPerson.open()
    await don.sync()
    expect(heard(don, 'cat')).toEqual(sent)
    expect(remarks(don, 'cat')).toEqual([])
    await cat.sync()
    const states = cat.messages({ limit: 1000 }).map(({ state }) => state)
    expect(new Set(states)).toEqual(new Set(['delivered']))
    expectNoNumberTwice(mortal.wire.sent)
  } finally {
    mortal.restore()
  }
})

function ownTexts(account: Account, name: string): string[] {
  return account
    .messages({ with: name, limit: 1000 })
    .filter(({ direction }) => direction === 'out')
    .map(({ text }) => text)
}
