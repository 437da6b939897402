import { isChatError, verifyKeyChangeProof } from '@secure-chat/protocol'
import fc from 'fast-check'
import {
  openExchange,
  openMessage,
  readMessageHeader,
  sealExchange,
  signKeyChange,
} from '../../src/index.ts'
import { mutated, seeded } from '../fixtures/mutate.ts'
import { alice, aliceLater, bob } from '../fixtures/people.ts'
import { runsFactor } from '../fixtures/runs.ts'
import { exchanged, now, sealTexts } from '../fixtures/talk.ts'

// 50,000 mutants in all. Those of exchanges and proofs cost an RSA operation each, so they are fewer.
const perRun = 250
const counts = { message: 46_000, exchange: 3_000, proof: 1_000 }

/** Every mutant must fail, and fail by the one error; what comes back names the first that did not. */
async function firstAccepted(
  seed: number,
  genuine: readonly string[],
  open: (mutant: string) => Promise<unknown>,
): Promise<string | undefined> {
  const pick = seeded(seed)
  for (let n = 0; n < perRun; n += 1) {
    const original = genuine[pick(genuine.length)] ?? ''
    const mutant = mutated(original, genuine, pick)
    try {
      await open(mutant)
      return mutant
    } catch (error) {
      if (!isChatError(error, 'undecryptable') && !isChatError(error, 'bad_proof')) throw error
    }
  }
  return undefined
}

const everySeed = (
  count: number,
  genuine: readonly string[],
  open: (mutant: string) => Promise<unknown>,
) =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), async (seed) => {
      expect(await firstAccepted(seed, genuine, open)).toBeUndefined()
    }),
    { numRuns: (count / perRun) * runsFactor, endOnFailure: true },
  )

const timeoutMs = 60_000 * runsFactor

test(
  'no mutated message opens',
  async () => {
    const { sending, receiving } = await exchanged(alice, bob)
    const { envelopes } = await sealTexts(sending, ['a', 'b', 'grüß dich 👋', 'd'.repeat(300)])
    const genuine = envelopes.map(({ message }) => message)
    await everySeed(counts.message, genuine, (message) => {
      // A mutant may carry another's number: it is tried as the record that number belongs to.
      const { n = 0 } = readMessageHeader(message) ?? {}
      const { id = '' } = envelopes[n] ?? {}
      return openMessage(receiving, { id, sender: alice.name, message, me: bob.name })
    })
  },
  timeoutMs,
)

test(
  'no mutated exchange opens',
  async () => {
    const sealed = await Promise.all(
      [null, 'AAAAAAAAAAAAAAAAAAAAAA'].map((prev) =>
        sealExchange({ me: alice, peer: bob, prev, now }),
      ),
    )
    const genuine = sealed.map(({ encryptedKey }) => encryptedKey)
    await everySeed(counts.exchange, genuine, (encryptedKey) =>
      openExchange({
        encryptedKey,
        sender: alice.name,
        me: { name: bob.name, identities: [bob.identity] },
        senderKeys: [alice.key],
      }),
    )
  },
  timeoutMs,
)

test(
  'no mutated key-change proof holds',
  async () => {
    const change = {
      name: alice.name,
      server: 'one',
      old: alice.identity,
      new: aliceLater.identity,
    }
    const proofs = await Promise.all([1, 2].map((seq) => signKeyChange({ ...change, seq, now })))
    // As one line of parts, so that the same mutations reach all of it.
    const lines = proofs.map(({ payload, signatures }) =>
      [...signatures.flatMap((part) => [part.protected, part.signature]), payload].join('.'),
    )
    await everySeed(counts.proof, lines, (line) => {
      const [first, firstSignature, second, secondSignature, ...rest] = line.split('.')
      const signatures = [
        { protected: first, signature: firstSignature },
        { protected: second, signature: secondSignature },
      ]
      return verifyKeyChangeProof(
        { payload: rest.join('.'), signatures },
        { oldKey: alice.identity.publicKey, newKey: aliceLater.identity.publicKey },
      )
    })
  },
  timeoutMs,
)
