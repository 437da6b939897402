import { verifyKeyChangeProof } from '@secure-chat/protocol'
import {
  conversationOf,
  followKeyChanges,
  formatSafetyNumber,
  negotiateVersion,
  type PublicKeyChange,
  safetyNumber,
  signKeyChange,
} from '../../src/index.ts'
import { alice, aliceLast, aliceLater, bob, mallory, type Person } from '../fixtures/people.ts'
import { now } from '../fixtures/talk.ts'

const server = '6f9c2f5e-0d0b-4c0e-9a51-3f2f7f0c8a11'

type Step = Omit<PublicKeyChange, 'proof'> & { proof: unknown }

async function step(
  from: Person,
  to: Person,
  seq: number,
  o: { name?: Person['name']; server?: string } = {},
): Promise<Step> {
  const proof = await signKeyChange({
    name: o.name ?? alice.name,
    server: o.server ?? server,
    old: from.identity,
    new: to.identity,
    seq,
    now,
  })
  return {
    seq,
    old_key: from.identity.fingerprint,
    new_key: to.identity.fingerprint,
    new_public_key: to.identity.publicPem,
    proof,
  }
}

const follow = (
  changes: readonly PublicKeyChange[],
  o: Partial<Parameters<typeof followKeyChanges>[0]> = {},
) =>
  followKeyChanges({
    name: alice.name,
    server,
    pinned: alice.key,
    present: aliceLater.key,
    changes,
    ...o,
  })

test('the same key needs no proof', async () => {
  expect(await follow([], { present: alice.key })).toBe('same')
})

test('a change signed by the old and the new key is proved', async () => {
  expect(await follow([await step(alice, aliceLater, 1)])).toBe('proved')
})

test('two changes are proved when both are, the older first', async () => {
  const steps = [await step(alice, aliceLater, 4), await step(aliceLater, aliceLast, 5)]
  const present = aliceLast.key
  expect(await follow(steps, { present })).toBe('proved')
  expect(await follow(steps.toReversed(), { present })).toBe('unproved')
  expect(await follow(steps.slice(1), { present })).toBe('unproved')
  expect(await follow(steps.slice(0, 1), { present })).toBe('unproved')
})

test('the key in between is needed, from the list or from memory', async () => {
  const steps = [await step(alice, aliceLater, 1), await step(aliceLater, aliceLast, 2)]
  const bare = steps.map(({ new_public_key: _, ...rest }) => rest)
  const present = aliceLast.key
  expect(await follow(bare, { present })).toBe('unproved')
  expect(await follow(bare, { present, knownKeys: [aliceLater.key] })).toBe('proved')
})

test('one step without a proof, a recovery, makes it unproved', async () => {
  const recovered = { ...(await step(alice, aliceLater, 1)), proof: null }
  expect(await follow([recovered])).toBe('unproved')
  const later = await step(aliceLater, aliceLast, 2)
  expect(await follow([recovered, later], { present: aliceLast.key })).toBe('unproved')
})

test('seq must rise by one', async () => {
  const steps = [await step(alice, aliceLater, 1), await step(aliceLater, aliceLast, 3)]
  expect(await follow(steps, { present: aliceLast.key })).toBe('unproved')
})

test('a change older than the pinned key is not taken again', async () => {
  const change = await step(alice, aliceLater, 1)
  expect(await follow([change], { pinnedSeq: 0 })).toBe('proved')
  // Alice went back to her first key as change 2: change 1 is history then.
  expect(await follow([change], { pinnedSeq: 2 })).toBe('unproved')
})

test('going back to an earlier key needs a proof like any other change', async () => {
  const there = await step(alice, aliceLater, 1)
  const o = { pinned: aliceLater.key, present: alice.key }
  expect(await follow([there], o)).toBe('unproved')
  expect(await follow([there, await step(aliceLater, alice, 2)], o)).toBe('proved')
})

test.each<[string, () => Promise<Step>]>([
  ['of another name', () => step(alice, aliceLater, 1, { name: bob.name })],
  ['for another server', () => step(alice, aliceLater, 1, { server: 'another' })],
  ['signed by mallory alone', () => forged((proof) => proof)],
  ['listed under another seq', async () => ({ ...(await step(alice, aliceLater, 1)), seq: 2 })],
  [
    'to another key',
    async () => ({ ...(await step(alice, mallory, 1)), new_key: aliceLater.key.fingerprint }),
  ],
  ['that is junk', async () => ({ ...(await step(alice, aliceLater, 1)), proof: 'junk' })],
  [
    'whose key in the list is junk',
    async () => ({ ...(await step(alice, mallory, 1)), new_public_key: 'junk' }),
  ],
])('a proof %s proves nothing', async (_, made) => {
  expect(await follow([await made()])).toBe('unproved')
})

/** Mallory signs both places herself. */
async function forged(change: (proof: unknown) => unknown): Promise<Step> {
  const real = await step(alice, aliceLater, 1)
  const hers = await signKeyChange({
    name: alice.name,
    server,
    old: { ...mallory.identity, fingerprint: alice.identity.fingerprint },
    new: { ...mallory.identity, fingerprint: aliceLater.identity.fingerprint },
    seq: 1,
    now,
  })
  return { ...real, proof: change(hers) }
}

test('the server and contacts read the same payload', async () => {
  const { proof } = await step(alice, aliceLater, 7)
  const keys = { oldKey: alice.identity.publicKey, newKey: aliceLater.identity.publicKey }
  expect(await verifyKeyChangeProof(proof, keys)).toEqual({
    v: 1,
    name: 'alice',
    server,
    old_key: alice.identity.fingerprint,
    new_key: aliceLater.identity.fingerprint,
    seq: 7,
    iat: now,
  })
})

test('the safety number is the same for both and another with any other key or name', () => {
  const side = (person: Person) => ({ name: person.name, spki: person.identity.spki })
  const number = safetyNumber(side(alice), side(bob))
  expect(safetyNumber(side(bob), side(alice))).toBe(number)
  expect(number).toMatch(/^\d{60}$/)
  expect(formatSafetyNumber(number)).toMatch(/^(\d{5} ){11}\d{5}$/)
  const others = [
    safetyNumber(side(aliceLater), side(bob)),
    safetyNumber(side(alice), side(mallory)),
    safetyNumber({ ...side(alice), name: mallory.name }, side(bob)),
  ]
  expect(new Set([number, ...others]).size).toBe(4)
})

test('the version to talk in is the highest both speak', () => {
  expect(negotiateVersion([1])).toBe(1)
  expect(negotiateVersion([1, 2, 7])).toBe(1)
  expect(negotiateVersion([2, 3])).toBeUndefined()
  expect(conversationOf(1)?.v).toBe(1)
  expect(conversationOf(2)).toBeUndefined()
})
