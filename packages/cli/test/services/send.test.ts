import { describe, expect, test } from '@jest/globals'
import { ChatError } from '@secure-chat/protocol/errors'
import { parseUserName } from '@secure-chat/protocol/user-name'
import { type Delivery, sendFailure, sendText } from '../../src/services/send.ts'

const sent = (to: string, state = 'sent'): Delivery => ({ id: `id-${to}`, to, at: '', state })
const failed = (to: string, code: ConstructorParameters<typeof ChatError>[0]): Delivery => ({
  to,
  state: 'failed',
  error: new ChatError(code),
})

describe('how sending went as a whole', () => {
  test.each<[string, readonly Delivery[], boolean, number | undefined]>([
    ['sent', [sent('bob')], false, undefined],
    ['kept for later', [sent('bob', 'queued')], false, 3],
    ['kept, and that is enough', [sent('bob', 'queued')], true, undefined],
    [
      'kept, since too many were sent',
      [{ ...sent('bob', 'queued'), reason: 'rate_limited' }],
      false,
      6,
    ],
    ['kept for the next login', [{ ...sent('bob', 'queued'), reason: 'token_invalid' }], true, 4],
    ['refused', [sent('bob', 'refused')], false, 1],
    ['refused by a rule', [{ ...sent('bob', 'refused'), reason: 'rejected_by_plugin' }], false, 1],
    ['a changed key', [failed('bob', 'key_not_trusted')], false, 5],
    ['some of several', [sent('bob'), failed('carol', 'no_such_user')], false, 8],
    [
      'all of several, for one reason',
      [failed('bob', 'no_such_user'), failed('carol', 'no_such_user')],
      false,
      7,
    ],
    [
      'all of several, for different reasons',
      [failed('bob', 'no_such_user'), failed('carol', 'key_not_trusted')],
      false,
      8,
    ],
    ['all kept', [sent('bob', 'queued'), sent('carol', 'queued')], false, 3],
  ])('%s', (_what, deliveries, isQueueEnough, exit) => {
    expect(sendFailure(deliveries, isQueueEnough)?.exit).toBe(exit)
  })
})

test('a rule of the server speaks in its own words', () => {
  const refused: Delivery = { ...sent('bob', 'refused'), reason: 'rejected_by_plugin' }
  expect(sendFailure([{ ...refused, detail: 'Wait 5 s.' }], false)?.message).toBe(
    'The server refused the message to bob: Wait 5 s.',
  )
})

test('a plugin changes the text once for all; a failure of one recipient does not keep it from the next', async () => {
  const seen: string[] = []
  const account = {
    async send(to: string, draft: object) {
      seen.push(`${to} ${JSON.stringify(draft)}`)
      if (to === 'bob') throw new ChatError('no_such_user')
      return { id: '1', to, at: '', state: 'sent' as const }
    },
  }
  const extensions = { outgoing: async (text: string) => text.toUpperCase() }
  const names = ['bob', 'carol'].map(parseUserName)
  const deliveries = await sendText(names, { text: 'hi', re: 'x' }, { account, extensions })
  expect(seen).toEqual(['bob {"text":"HI","re":"x"}', 'carol {"text":"HI","re":"x"}'])
  expect(deliveries.map(({ state }) => state)).toEqual(['failed', 'sent'])
})

test('what a plugin refuses is sent to nobody', async () => {
  const account = { send: () => Promise.reject(new Error('must not be called')) }
  const extensions = { outgoing: () => Promise.reject(new ChatError('plugin_error')) }
  await expect(
    sendText([parseUserName('bob')], { text: 'hi' }, { account, extensions }),
  ).rejects.toMatchObject({ code: 'plugin_error' })
})
