import { existsSync, readFileSync } from 'node:fs'

const page = readFileSync('docs/security-rules.md', 'utf8')

/** `[file](../path): name of the test`, several in a cell. */
const rows = page.split('\n').filter((line) => /^\| (?!rule |---)/.test(line))
const named = rows.flatMap((row) =>
  [...row.matchAll(/\[`([^`]+)`\]\(\.\.\/([^)]+)\): (.*?)(?=<br>| \|$)/g)].map(
    ([, shown = '', path = '', name = '']) => ({
      shown,
      path,
      name: name.replaceAll('&#124;', '|'),
    }),
  ),
)

test('every rule names its test', () => {
  expect(rows.length).toBeGreaterThan(50)
  expect(rows.filter((row) => !row.includes('](../'))).toEqual([])
  const links = [...page.matchAll(/\]\(\.\.\//g)].length
  expect(named).toHaveLength(links)
})

test('every named test is there under its name', () => {
  const missing = named.filter(
    ({ shown, path, name }) =>
      shown !== path || !existsSync(path) || !readFileSync(path, 'utf8').includes(name),
  )
  expect(missing).toEqual([])
})
