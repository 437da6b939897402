import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, jest, test } from '@jest/globals'
import { play } from '../../screens/play.ts'
import { scenes } from '../../screens/scenes/index.ts'
import { root } from '../../setup/paths.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(120_000)

afterAll(tearDown)

for (const scene of scenes) {
  const remedy = `npm run screens -- ${scene.name}`
  test(`${scene.picture} shows what the program shows (else: ${remedy})`, async () => {
    expect(await play(scene)).toBe(readFileSync(join(root, scene.picture), 'utf8'))
  })
}
