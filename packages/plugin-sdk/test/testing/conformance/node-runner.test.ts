import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, jest, test } from '@jest/globals'

jest.setTimeout(120_000)

/** New plugins come with tests for `node --test` (docs/decisions/0090). */
test('the kit works under the runner of Node as under Jest', async () => {
  const { NODE_OPTIONS: _, ...env } = process.env
  const file = join(import.meta.dirname, 'under-nodes-runner.ts')
  const options = ['--conditions=source', '--test', '--test-reporter=tap', file]
  const { stdout } = await promisify(execFile)(process.execPath, options, { env })
  expect(stdout).toContain('# pass 3')
  expect(stdout).toContain('# fail 0')
})
