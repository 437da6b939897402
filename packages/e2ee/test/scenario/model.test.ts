import fc from 'fast-check'
import { device, type Queue } from '../fixtures/device.ts'
import { mutated, seeded } from '../fixtures/mutate.ts'
import { alice, bob } from '../fixtures/people.ts'
import { runsFactor } from '../fixtures/runs.ts'

const runs = 100 * runsFactor
const actionsPerRun = 200

/** What may happen, by its share of all that happens. */
const happenings = {
  send: 40,
  receiveNext: 25,
  receiveAny: 10,
  repeat: 8,
  spoil: 6,
  crashWhileReceiving: 5,
  crashWhileSending: 2,
  refuse: 3,
  rotate: 1,
} as const

type Happening = keyof typeof happenings

const happening = fc.oneof(
  ...Object.keys(happenings).map((what) => ({
    weight: happenings[what as Happening],
    arbitrary: fc.constant(what as Happening),
  })),
)

const action = fc.record({
  what: happening,
  isAlice: fc.boolean(),
  pick: fc.nat(),
})

test(
  'two devices agree on what was said, whatever is dropped, repeated, reordered, spoiled or lost in a crash',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: actionsPerRun, maxLength: actionsPerRun, size: 'max' }),
        async (actions) => {
          const [toAlice, toBob]: [Queue, Queue] = [[], []]
          const devices = {
            alice: device(alice, bob, toBob, toAlice),
            bob: device(bob, alice, toAlice, toBob),
          }
          const position = { alice: 0, bob: 0 }
          for (const { what, isAlice, pick } of actions) {
            const name = isAlice ? 'alice' : 'bob'
            const inbound = isAlice ? toAlice : toBob
            await happen(what, devices[name], inbound, {
              pick,
              next: () => position[name]++,
              seen: position[name],
            })
          }
          // In the end everything comes, and everything was read once.
          for (const [name, inbound] of [
            ['alice', toAlice],
            ['bob', toBob],
          ] as const) {
            for (const index of inbound.keys()) await devices[name].receive(index, true)
            const sent = inbound.flatMap((record) =>
              record.kind === 'message' ? [record.text] : [],
            )
            expect(Object.values(devices[name].read()).sort()).toEqual(sent.sort())
          }
        },
      ),
      { numRuns: runs },
    )
  },
  120_000 * runsFactor,
)

async function happen(
  what: Happening,
  self: ReturnType<typeof device>,
  inbound: Queue,
  at: { pick: number; next: () => number; seen: number },
): Promise<void> {
  const any = inbound.length === 0 ? 0 : at.pick % inbound.length
  switch (what) {
    case 'send':
      return self.send('accepted')
    case 'refuse':
      return self.send('refused')
    case 'crashWhileSending':
      return self.send('crashed before keeping')
    case 'rotate':
      return self.rotate()
    case 'receiveNext':
      return at.seen < inbound.length ? self.receive(at.next(), true) : undefined
    case 'receiveAny':
      return self.receive(any, true)
    case 'repeat':
      return at.seen === 0 ? undefined : self.receive(at.pick % at.seen, true)
    case 'crashWhileReceiving':
      return self.receive(any, false)
    case 'spoil':
      return self.receiveSpoiled(any, (message) => mutated(message, [message], seeded(at.pick)))
  }
}
