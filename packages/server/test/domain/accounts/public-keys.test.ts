import { codeOf, type Messaging, openMessaging, someFingerprint } from '../../support/messaging.ts'

let chat: Messaging
beforeEach(async () => {
  chat = await openMessaging()
})
afterEach(() => chat.close())

test('shows the newest 20 changes, oldest first, ending at the present key', async () => {
  const { name, fingerprint: first } = await chat.addUser('bob')
  const keys = [first]
  for (let seq = 0; seq < 25; seq++) {
    const fingerprint = someFingerprint()
    keys.push(fingerprint)
    const proof = seq % 2 === 0 ? null : { payload: `${seq}` }
    const change = { expectedSeq: seq, publicKey: `PEM ${seq}`, fingerprint, at: seq, proof }
    expect(await chat.database.users.changeKey(name, change)).toBe('changed')
  }
  const { user, changes } = await chat.readPublicKey(name)
  expect([user.seq, user.fingerprint, user.publicKey]).toEqual([25, keys[25], 'PEM 24'])
  expect(changes.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 6))
  expect(changes.map(({ newKey }) => newKey)).toEqual(keys.slice(6).map((_, i) => `PEM ${i + 5}`))
  expect(changes.slice(1).map(({ oldKey }) => oldKey)).toEqual(
    changes.slice(0, -1).map(({ newKey }) => newKey),
  )
  expect(changes.at(-1)?.proof).toBeNull()
  expect(changes.at(-2)?.proof).toEqual({ payload: '23' })
})

test('never shows a change beyond the key it shows', async () => {
  const { name } = await chat.addUser('bob')
  const { users } = chat.database
  const change = (expectedSeq: number) =>
    users.changeKey(name, {
      expectedSeq,
      publicKey: 'PEM',
      fingerprint: someFingerprint(),
      at: 0,
      proof: null,
    })
  await change(0)
  const node = chat.otherNode({
    database: {
      ...chat.database,
      users: {
        ...users,
        async keyChanges(...of) {
          await change(1)
          return users.keyChanges(...of)
        },
      },
    },
  })
  const { user, changes } = await node.readPublicKey(name)
  expect([user.seq, changes.map(({ seq }) => seq)]).toEqual([1, [1]])
})

test('refuses a name that is not there, or not any more', async () => {
  const { name } = await chat.addUser('bob')
  await chat.database.users.remove(name)
  expect(await codeOf(chat.readPublicKey(name))).toBe('no_such_user')
})
