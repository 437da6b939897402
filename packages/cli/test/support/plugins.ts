import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './cli.ts'

export const fixtures = join(import.meta.dirname, '../plugins/fixtures')

export type Fixture = 'shout' | 'poll' | 'faulty' | 'common'

/** A copy in the home, outside this repository: nothing but the program can give it the SDK. */
export function copyPlugin(home: Home, fixture: Fixture, name: string = fixture): string {
  const folder = join(home.dir, 'packages', name)
  cpSync(join(fixtures, fixture), folder, { recursive: true })
  return folder
}

export async function linkPlugin(home: Home, fixture: Fixture): Promise<void> {
  const { code, stderr } = await home.run(['plugins', 'link', copyPlugin(home, fixture)])
  if (code !== 0) throw new Error(`link ${fixture}: ${stderr}`)
}

/** What `plugins uninstall` does to links, all at once. */
export function unlinkAll(home: Home): void {
  rmSync(join(home.dir, 'data/secure-chat/package.json'), { force: true })
}
