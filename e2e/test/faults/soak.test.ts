import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { flawless } from '../../load/judge.ts'
import { soak } from '../../load/soak.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(300_000)

/** One for each kind of process; `npm run soak` goes on for 50. */
const rounds = 3

describeWithServices('soak', () => {
  afterAll(tearDown)

  test(`${rounds} rounds of kill -9 of broker, node and MongoDB lose and reorder nothing acknowledged`, async () => {
    const killed: string[] = []
    const { mailboxes, streams } = await soak({
      rounds,
      seed: 'ci',
      onRound: (round) => killed.push(round.killed),
    })
    expect(killed).toEqual(['kafka', expect.stringMatching(/^node-/), 'mongo'])
    expect(mailboxes).toMatchObject(flawless)
    expect(streams).toMatchObject({ ...flawless, acknowledged: mailboxes.acknowledged })
    expect(mailboxes.acknowledged).toBeGreaterThan(100)
  })
})
