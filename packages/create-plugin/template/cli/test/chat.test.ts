import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conformance, testCliPlugin } from '@secure-chat/plugin-sdk/testing'
import plugin from '../src/chat.ts'

test('draws arrows, and sends a shrug', async (t) => {
  const chat = await testCliPlugin(plugin)
  t.after(() => chat.close())
  await chat.enter('home -> work')
  await chat.enter('/my-plugin who knows')
  const received = await chat.peer.received()
  assert.deepEqual(
    received.map(({ text }) => text),
    ['home → work', 'who knows ¯\\_(ツ)_/¯'],
  )
})

test('keeps to the contract', () => conformance(plugin))
