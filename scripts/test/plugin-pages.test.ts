/** The pages about plugins are whole: each extension point has one, with an example (which `npm run examples` compiles). */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { capabilities } from '../../packages/server/src/plugins/load/check-definition.ts'

const folder = 'docs/plugins'
const index = readFileSync(join(folder, 'README.md'), 'utf8')

/** The type says that none is missing and none invented. */
const partsOfChat = {
  transformOutgoing: true,
  transformIncoming: true,
  renderers: true,
  slashCommands: true,
  kinds: true,
  on: true,
} satisfies Record<Exclude<keyof CliPlugin, 'name' | 'apiVersion'>, true>

/** Where the index links it. */
function pageOf(point: string): string {
  const row = index.split('\n').find((line) => line.includes(`\`${point}\``))
  const [, page = ''] = /\]\(([\w-]+\.md)\)/.exec(row ?? '') ?? []
  return page === '' ? '' : readFileSync(join(folder, page), 'utf8')
}

test.each([...capabilities, ...Object.keys(partsOfChat)])(
  '%s has a page with an example',
  (point) => {
    const examples = [...pageOf(point).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
      ([, code]) => code,
    )
    expect(examples.join('\n')).toMatch(new RegExp(`\\b${point}(: |\\()`))
  },
)

test('every page is in the index, and every page that one links to is there', () => {
  const pages = globSync([`${folder}/*.md`, 'plugins/*/README.md'])
  const unlisted = pages
    .filter((page) => dirname(page) === folder && !page.endsWith('README.md'))
    .filter((page) => !index.includes(`](${page.slice(folder.length + 1)}`))
  expect(unlisted).toEqual([])
  const missing = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !target.includes('://') && !existsSync(join(dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  )
  expect(missing).toEqual([])
})
