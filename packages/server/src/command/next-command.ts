import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const defaultUrl = 'http://127.0.0.1:8000'

/** What somebody types next, to be the first user or to come back. The CLI looks at the default address by itself; anywhere else it must be told. */
export function nextCommand(o: {
  readonly url: string
  readonly registration: 'open' | 'closed'
  readonly cwd: string
}): string {
  const what = o.registration === 'open' ? 'register alice' : 'login NAME'
  const server = o.url === defaultUrl ? '' : ` --server ${o.url}`
  return `${isInstalledIn(o.cwd) ? 'npx ' : ''}secure-chat ${what}${server}`
}

/** Where it is not, `npx` would fetch and run whatever package has that name. */
function isInstalledIn(folder: string): boolean {
  if (existsSync(join(folder, 'node_modules/.bin/secure-chat'))) return true
  const parent = dirname(folder)
  return parent !== folder && isInstalledIn(parent)
}
