import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conformance, testServerPlugin } from '@secure-chat/plugin-sdk/testing'
import plugin from '../src/server.ts'

test('refuses what is longer than the operator allows, and nothing else', async (t) => {
  const chat = await testServerPlugin(plugin, { maxLength: 5 })
  t.after(() => chat.close())
  const sent = await chat.send('12345')
  assert.equal(sent.kind, 'stored')
  assert.deepEqual(await chat.send('123456'), {
    kind: 'refused',
    status: 422,
    code: 'rejected_by_plugin',
    reason: 'Too long: 6 characters, 5 are allowed.',
  })
  const received = await chat.received('bob')
  assert.deepEqual(
    received.map(({ message }) => message),
    ['12345'],
  )
})

test('does not start with a config that it does not understand', async () => {
  await assert.rejects(testServerPlugin(plugin, { maxLength: 'long' }), {
    members: { plugin: 'my-plugin', plugin_code: 'plugin_bad_config' },
  })
})

test('keeps to the contract', () => conformance(plugin))
