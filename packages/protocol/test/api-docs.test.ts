import { readFileSync, writeFileSync } from 'node:fs'
import { apiReference } from './api-reference.ts'

const docs = new URL('../../../docs/', import.meta.url)
const page = new URL('api.md', docs)
const reference = /(<!-- reference: .*? -->\n\n).*?(\n\n<!-- end of reference -->)/s
const example = /(<!-- example: (\S+) -->\n)(?:\n```\w+\n.*?\n```\n)?/gs

/** Both are made, so that nobody has to keep them in step: `UPDATE_DOCS=1` writes what the test asks for. */
test('docs/api.md says what the endpoint table says, and shows the examples as they run', () => {
  const text = readFileSync(page, 'utf8')
  expect(text).toMatch(reference)
  const right = text
    .replace(reference, (_, start: string, end: string) => start + apiReference() + end)
    .replace(example, (_, marker: string, name: string) => `${marker}\n${block(name)}\n`)
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, right)
  else expect(text).toBe(right)
})

function block(name: string): string {
  const language = name.endsWith('.py') ? 'python' : 'sh'
  return `\`\`\`${language}\n${readFileSync(new URL(`examples/${name}`, docs), 'utf8').trimEnd()}\n\`\`\``
}
