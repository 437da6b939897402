/** Run by `node --test` in a process of its own: see node-runner.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineServerPlugin } from '../../../src/server/index.ts'
import { ConformanceError, conformance, testServerPlugin } from '../../../src/testing/index.ts'

const quiet = defineServerPlugin({
  name: 'quiet',
  apiVersion: 1,
  capabilities: ['onSignedIn'],
  create: ({ log }) => ({ onSignedIn: ({ name }) => log.info({ name }, 'hello') }),
})

const loud = defineServerPlugin({
  name: 'loud',
  apiVersion: 1,
  capabilities: ['onSignedIn'],
  create: () => ({
    onSignedIn() {
      void Promise.reject(new Error('untaken'))
      setTimeout(() => {
        throw new Error('outside')
      }, 5)
    },
  }),
})

// The first of the process: nothing has used fetch yet.
test('a good plugin conforms', () => conformance(quiet))

test('what ends a process is the plugin’s, and the run goes on', async () => {
  await assert.rejects(conformance(loud), (error) => {
    assert.ok(error instanceof ConformanceError)
    assert.deepEqual(error.failures.toSorted(), [
      'leaves a rejection that nobody takes, which ends a server: untaken',
      'throws outside of any call, which ends a server: outside',
    ])
    return true
  })
})

test('a server of the kit lets the process end', async () => {
  const chat = await testServerPlugin(quiet)
  await chat.close()
})
