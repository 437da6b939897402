/** `npm run screens [-- NAME …]`: makes the pictures of the documentation, all or those that are named. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.ts'
import { tearDown } from '../setup/tear-down.ts'
import { play } from './play.ts'
import { scenes } from './scenes/index.ts'

const names = process.argv.slice(2)
const unknown = names.find((name) => !scenes.some((scene) => scene.name === name))
if (unknown !== undefined) {
  const known = scenes.map(({ name }) => name).join(', ')
  process.stderr.write(`There is no scene "${unknown}". There are: ${known}.\n`)
  process.exit(2)
}
try {
  for (const scene of scenes) {
    if (names.length > 0 && !names.includes(scene.name)) continue
    writeFileSync(join(root, scene.picture), await play(scene))
    process.stdout.write(`${scene.picture}\n`)
  }
} finally {
  await tearDown()
}
process.exit()
